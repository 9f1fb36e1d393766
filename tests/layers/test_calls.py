"""Memories called as applications call them: from threads, on few rows, and again."""

import concurrent.futures

import keras
import numpy as np
import pytest
from keras import ops
from memories import gradients, make, one_of_each, sequences, some

training_or_not = pytest.mark.parametrize("training", [True, False])


@some("lrua", "ntm", "dnc", "dnc_refined", "sam")
@training_or_not
def test_eight_threads_call_one_layer(name, training):
    layer = make(name, return_sequences=True)
    inputs = [sequences(2, 2 + length % 3, 3, seed=length) for length in range(8)]
    layer.build(inputs[0].shape)

    def call(x):
        return ops.convert_to_numpy(layer(x, training=training))

    wanted = [call(x) for x in inputs]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            for got, want in zip(pool.map(call, inputs), wanted, strict=True):
                np.testing.assert_allclose(got, want, atol=1e-6)


@some("lrua", "ntm", "dnc", "sam")
@training_or_not
def test_rematerialised_layers_have_the_same_gradients(name, training):
    plain = make(name, return_sequences=True)
    with keras.RematScope(mode="full"):
        again = make(name, return_sequences=True)
    x = sequences(2, 3, 3)
    for layer in (plain, again):
        layer.build(x.shape)
    again.set_weights(plain.get_weights())

    def gradients_of(layer):
        return gradients(layer, lambda: ops.sum(layer(x, training=training) ** 2))

    for one, other in zip(gradients_of(again), gradients_of(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@one_of_each
@pytest.mark.parametrize("kwargs", [{}, {"return_sequences": True}])
def test_batches_of_no_row_one_row_and_an_odd_number(name, kwargs):
    layer = make(name, **kwargs)
    x = sequences(5, 4, 3)
    whole = ops.convert_to_numpy(layer(x))
    for rows in (0, 1, 3):
        got = ops.convert_to_numpy(layer(x[:rows]))
        assert got.shape == (rows, *whole.shape[1:])
        np.testing.assert_allclose(got, whole[:rows], atol=1e-5)


@some("lrua", "ntm", "dnc", "sam")
def test_no_rows_have_gradients_of_nothing(name):
    layer = make(name, return_sequences=True)
    x = sequences(0, 4, 3)
    layer.build(x.shape)
    for gradient in gradients(layer, lambda: ops.sum(layer(x, training=True))):
        assert not np.any(gradient)
