"""Every memory as a recurrent layer: its batches, masks, states, loop and trace."""

import keras
import numpy as np
import pytest
from keras import ops
from memories import (
    BACKEND,
    MEMORIES,
    ON_JAX,
    enlarge_weights,
    every_of_slots,
    every_on_tensorflow,
    gradients,
    in_the_middle,
    list_states,
    make,
    one_of_each,
    sequences,
    some,
)


def start(layer, batch):
    return list_states(layer.cell, in_the_middle(layer.cell, batch))


def assert_all_close(got, want, atol=1e-5):
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, atol=atol)


@every_on_tensorflow
def test_each_row_of_a_batch_is_on_its_own(name):
    layer = make(name, return_sequences=True, return_state=True)
    x, states = sequences(3, 4, 3), start(layer, 3)
    whole = layer(x, initial_state=states)
    for row in range(3):
        alone = layer(x[row : row + 1], initial_state=[state[row : row + 1] for state in states])
        assert_all_close([part[row : row + 1] for part in whole], alone)


@every_on_tensorflow
def test_masked_steps_change_nothing(name):
    layer = make(name, return_state=True)
    x, states = sequences(2, 6, 3), start(layer, 2)
    mask = np.array([[1, 0, 0, 1, 1, 0], [0, 1, 1, 0, 1, 0]], bool)
    masked = layer(x, initial_state=states, mask=mask)
    assert_all_close(masked, layer(x[mask].reshape(2, 3, 3), initial_state=states))


@one_of_each
def test_states_of_other_sizes_are_refused(name):
    layer, other = make(name, word_size=6), make(name, word_size=3)
    x, states = sequences(2, 3, 3), layer.get_initial_state(2)
    wrong = [
        # As flat numbers, four of these are two of the others.
        other.get_initial_state(4),
        other.get_initial_state(2),
        layer.get_initial_state(3),
        states[:-1],
    ]
    for given in wrong:
        with pytest.raises(ValueError, match=r"`initial_state` must be .* of shapes \[.*Received:"):
            layer(x, initial_state=given)
    with pytest.raises(ValueError, match="`initial_state` must be"):
        layer(keras.Input((None, 3)), [keras.Input((size,)) for size in other.cell.state_size])
    assert_all_close(layer(x, states), layer(x), atol=0)


@one_of_each
def test_a_row_masked_throughout_keeps_the_empty_memory(name):
    layer = make(name, return_state=True)
    x = sequences(2, 3, 3)
    _, *states = layer(x, mask=np.array([[False] * 3, [True] * 3]))
    empty = layer.get_initial_state(1)
    assert_all_close([state[:1] for state in states], empty, atol=0)
    assert np.abs(ops.convert_to_numpy(states[0][1])).max() > 1e-3


@every_on_tensorflow
def test_a_sequence_goes_on_from_its_states_whatever_came_between(name):
    layer = make(name, return_state=True, return_sequences=True)
    x, states = sequences(2, 6, 3), start(layer, 2)
    whole = layer(x, initial_state=states)
    first, *states = layer(x[:, :3], initial_state=states)
    layer(sequences(2, 3, 3, seed=1))
    second, *states = layer(x[:, 3:], initial_state=states)
    assert_all_close([np.concatenate([first, second], axis=1), *states], whole)


@some("lrua", "ntm_heads", "ntm_learned_start", "dnc_refined", "sam")
def test_stateful_reset_empties_the_memory(name):
    layer = make(name, stateful=True)
    x = sequences(2, 4, 3)
    first = ops.convert_to_numpy(layer(x))
    assert np.abs(ops.convert_to_numpy(layer(x)) - first).max() > 1e-4
    layer.reset_state()
    np.testing.assert_allclose(layer(x), first, atol=1e-6)


@some("lrua_input", "ntm_heads", "dnc_refined", "sam")
@pytest.mark.parametrize("kwargs", [{}, {"go_backwards": True}, {"dtype": "mixed_float16"}])
def test_trace_shows_what_the_loop_does(name, kwargs):
    layer = make(name, return_state=True, **kwargs)
    x = sequences(2, 5, 3)
    _, *states = layer(x)
    trace = layer.trace(x)
    half = "dtype" in kwargs
    compared = 0
    for entry, state in zip(layer.cell.state_shapes, states, strict=True):
        if entry in trace:
            last = trace[entry][:, -1].reshape(2, -1)
            # Empty slots whose usage ties are as good as each other, and half precision ties more.
            last, state = (np.sort(last), np.sort(state)) if half else (last, state)
            np.testing.assert_allclose(last, state, atol=5e-3 if half else 1e-5, err_msg=entry)
            compared += 1
    assert compared >= 2
    assert all(isinstance(v, np.ndarray) and v.shape[:2] == (2, 5) for v in trace.values())


# Of four steps, for three rows.
MASKS = {
    "none": None,
    "between": np.array([[1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], bool),
    "ends": np.array([[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 0]], bool),
}
LOOPS = (
    [("lrua_feedforward", "ends", False), ("ntm", "none", True), ("fast", "none", False)]
    if ON_JAX
    else [
        (name, masked, go_backwards)
        for name in ("lrua_feedforward", "ntm", "dnc_refined", "sam", "fast", "fast_feedforward")
        for masked in MASKS
        for go_backwards in (False, True)
    ]
)


@pytest.mark.parametrize(("name", "masked", "go_backwards"), LOOPS)
def test_loop_learns_as_the_unrolled_one(name, masked, go_backwards):
    if BACKEND == "torch" and go_backwards and masked != "none":
        pytest.skip("Keras does not unroll a masked loop backwards on PyTorch")
    x, mask = sequences(3, 4, 3), MASKS[masked]
    found = []
    for unroll in (False, True):
        layer = make(name, go_backwards=go_backwards, unroll=unroll, return_sequences=True)
        layer.build(x.shape)
        enlarge_weights(layer)
        probe = sequences(3, 4, layer.cell.output_size, seed=1)
        if mask is not None:
            # Keras's loops put out one thing or another before the first step that counts.
            probe *= mask[:, :: -1 if go_backwards else 1, None]
        probe, states = ops.convert_to_tensor(probe), start(layer, 3)

        def loss(layer=layer, probe=probe, states=states):
            return ops.sum(layer(x, mask=mask, initial_state=states, training=True) * probe)

        found.append([loss(), *gradients(layer, loss)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


# JAX compiles each loop for seconds.
@pytest.mark.parametrize(
    "kwargs", [{}] + ([] if ON_JAX else [{"unroll": True}, {"go_backwards": True}])
)
@one_of_each
def test_the_last_output_alone_learns_as_the_last_of_all(name, kwargs):
    x, found = sequences(3, 4, 3), []
    for all_of_them in (False, True):
        layer = make(name, return_sequences=all_of_them, **kwargs)
        layer.build(x.shape)
        enlarge_weights(layer)

        def loss(layer=layer):
            outputs = layer(x, training=True)
            return ops.sum((outputs[:, -1] if layer.return_sequences else outputs) ** 2)

        found.append([loss(), *gradients(layer, loss)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@every_of_slots
def test_weights_serve_a_memory_of_another_size(name):
    small, large = make(name), make(name, memory_size=12, return_state=True)
    x = sequences(2, 3, 3)
    for layer in (small, large):
        layer.build(x.shape)
    if MEMORIES[name][1].get("learn_initial_memory"):
        with pytest.raises(ValueError, match="shape"):
            large.set_weights(small.get_weights())
        return
    large.set_weights(small.get_weights())
    outputs, *states = large(x)
    assert outputs.shape == small(x).shape
    sizes = dict(zip(large.cell.state_shapes, (state.shape[1] for state in states), strict=True))
    assert sizes["memory"] == 4 * 12
    assert all(np.all(np.isfinite(np.asarray(state))) for state in (outputs, *states))


@some("lrua", "lrua_paper", "ntm_heads", "dnc_refined", "sam")
def test_long_sequences_stay_finite_and_weights_distributions(name):
    layer = make(name, return_sequences=True, return_state=True)
    inputs = keras.Input((None, 3))
    outputs, *states = layer(inputs)
    enlarge_weights(layer, 1.0)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    x = 3 * sequences(2, 200, 3)
    before = model.get_weights()
    assert np.isfinite(model.train_on_batch(x, np.zeros((2, 200, layer.cell.output_size))))
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.all(np.isfinite(new)) and np.any(new != old)

    predicted = keras.Model(inputs, states).predict(x, verbose=0)
    states = {
        entry: state.reshape(2, *shape)
        for (entry, shape), state in zip(layer.cell.state_shapes.items(), predicted, strict=True)
    }
    # The DNC's heads may look nowhere; those of the others are always somewhere.
    somewhere = name != "dnc_refined"
    for entry in {"read_weights", "write_weights", "precedence", "link"} & set(states):
        sums = states[entry].sum(-1)
        assert np.all(states[entry] >= -1e-6) and np.all(sums <= 1 + 1e-4), entry
        assert not somewhere or np.all(sums >= 1 - 1e-4), entry
    if name == "dnc_refined":
        assert np.all(states["usage"] >= 0) and np.all(states["usage"] <= 1)
        of_heads = states["link"].reshape(2, -1, *states["link"].shape[-1:] * 2)
        assert np.all(of_heads.sum(-2) <= 1 + 1e-4)


@some("fast", "fast_feedforward")
def test_long_sequences_are_computed_in_parts(name):
    layer = make(name, return_sequences=True, return_state=True)
    x = sequences(2, 150, 3)
    layer.build(x.shape)
    enlarge_weights(layer)
    step_by_step = keras.layers.RNN(layer.cell, return_sequences=True, return_state=True)
    assert_all_close(layer(x), step_by_step(x), atol=1e-4)


def test_a_trace_tells_which_steps_a_read_found():
    layer = make("fast_feedforward", return_sequences=True)
    x = sequences(2, 6, 3)
    layer.build(x.shape)
    enlarge_weights(layer)
    sources = layer.trace(x)["sources"]
    assert sources.shape == (2, 6, 2, 6)
    assert np.all(sources >= 0) and np.all(np.triu(sources.swapaxes(1, 2), k=1) == 0)
    np.testing.assert_allclose(sources.sum(axis=-1), 1, atol=1e-3)
