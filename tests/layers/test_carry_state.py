"""CarryState: a long sequence, read chunk by chunk, as if it were read at once."""

import keras
import numpy as np
import pytest
from memories import make, one_of_each, sequences

import mann


def carrying(name, batch_size=2):
    return mann.CarryState(make(name, return_sequences=True, return_state=True), batch_size)


@one_of_each
def test_chunks_in_turn_are_one_sequence_until_a_row_restarts(name):
    carry = carrying(name)
    x, none, all_of_them = sequences(2, 6, 3), np.array([False, False]), np.array([True, True])
    first = carry(x[:, :3], all_of_them, training=True)
    second = carry(x[:, 3:], none, training=True)
    whole = carry.layer(x)[0]
    np.testing.assert_allclose(first, whole[:, :3], atol=1e-5)
    np.testing.assert_allclose(second, whole[:, 3:], atol=1e-5)
    # Outside training the carried state is neither used nor changed.
    np.testing.assert_allclose(carry(x, none), whole, atol=1e-5)
    third = carry(x[:, :3], np.array([True, False]), training=True)
    np.testing.assert_allclose(third[0], whole[0, :3], atol=1e-5)
    longer = carry.layer(np.concatenate([x, x[:, :3]], axis=1))[0]
    np.testing.assert_allclose(third[1], longer[1, 6:], atol=1e-5)


def test_the_state_is_saved_with_the_model(tmp_path):
    inputs, restart = keras.Input((None, 3), batch_size=2), keras.Input((), 2, "bool")
    model = keras.Model([inputs, restart], carrying("dnc_refined")(inputs, restart))
    x = sequences(2, 3, 3)
    # Keras asks `compute_output_shape` for the one, and computes the other.
    assert model.output_shape == (2, None, model([x, np.array([True, True])]).shape[-1])
    model([x, np.array([True, True])], training=True)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    one, other = (each([x, np.array([False, False])], training=True) for each in (model, again))
    np.testing.assert_array_equal(one, other)


def test_what_it_cannot_carry_is_refused():
    with pytest.raises(ValueError, match="`layer` must be a keras.layers.RNN"):
        mann.CarryState(keras.layers.Dense(3), 2)
    with pytest.raises(ValueError, match="return_sequences=True and return_state=True"):
        mann.CarryState(make("ntm", return_sequences=True), 2)
    with pytest.raises(ValueError, match="`batch_size` must be 1 or more. Received: 0"):
        carrying("ntm", batch_size=0)
    with pytest.raises(ValueError, match="as this layer.s `batch_size` says, 2. Received: 3"):
        carrying("ntm")(sequences(3, 4, 3), np.array([True] * 3), training=True)
