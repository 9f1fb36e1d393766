"""The gradients that are written out are those of the plain formulas."""

import keras
import numpy as np
import pytest
from keras import ops

from mann.ops import controllers
from mann.ops import memory as memory_ops


def plain_lstm(gates, prev_carry):
    i, f, g, o = ops.split(gates, 4, axis=-1)
    carry = ops.sigmoid(f) * prev_carry + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(carry), carry


def plain_add(memory, weights, words):
    return (memory + ops.einsum("brn,brw->bnw", weights, words),)


def add(*arguments):
    return (memory_ops.add(*arguments),)


def outputs_and_gradients(function, arguments, upstream):
    """Returns the outputs of a function and the gradients of its arguments."""
    if keras.backend.backend() == "jax":
        import jax

        outputs, pull_back = jax.vjp(function, *arguments)
        return outputs, pull_back(tuple(upstream))
    import tensorflow as tf

    arguments = [tf.convert_to_tensor(argument) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        outputs = function(*arguments)
    return outputs, tape.gradient(outputs, arguments, output_gradients=list(upstream))


@pytest.mark.parametrize(
    ("written", "plain", "shapes", "output_shapes"),
    [
        (controllers.lstm, plain_lstm, [(3, 20), (3, 5)], [(3, 5), (3, 5)]),
        (add, plain_add, [(3, 7, 4), (3, 2, 7), (3, 2, 4)], [(3, 7, 4)]),
    ],
    ids=["lstm", "add"],
)
def test_written_gradients(written, plain, shapes, output_shapes):
    rng = np.random.default_rng(0)
    arguments = [rng.normal(size=shape).astype("float32") for shape in shapes]
    upstream = [rng.normal(size=shape).astype("float32") for shape in output_shapes]
    ours = outputs_and_gradients(written, arguments, upstream)
    theirs = outputs_and_gradients(plain, arguments, upstream)
    for one, other in zip((*ours[0], *ours[1]), (*theirs[0], *theirs[1]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
