"""Derivatives as the user of each backend takes them, of a layer as a function of its weights.

A layer, its inputs and its first states are `built`; `values` are those of the inputs and weights.
"""

import keras
import numpy as np
from keras import ops
from memories import BACKEND


def values_of(layer, x):
    return [np.asarray(x), *(ops.convert_to_numpy(w) for w in layer.trainable_variables)]


def outputs_of(layer, states, values, training):
    """Returns the outputs of all steps at these tensors."""
    x, *weights = values
    variables = layer.trainable_variables
    with keras.StatelessScope(list(zip(variables, weights, strict=True))):
        return layer(x, initial_state=states, training=training)


def two_gradients_of_one_pass(layer, states, values, training):
    """Returns the gradients of the sum of squares, then those of the sum of cubes."""
    if BACKEND == "jax":
        import jax

        @jax.jit
        def both(values):
            outputs, pull_back = jax.vjp(lambda v: outputs_of(layer, states, v, training), values)
            return [pull_back(power * outputs ** (power - 1))[0] for power in (2, 3)]

        found = both(values)
    elif BACKEND == "torch":
        import torch

        values = [torch.tensor(value, requires_grad=True) for value in values]
        outputs = outputs_of(layer, states, values, training)
        found = [
            torch.autograd.grad((outputs**power).sum(), values, retain_graph=True)
            for power in (2, 3)
        ]
    else:
        import tensorflow as tf

        values = [tf.convert_to_tensor(value) for value in values]
        with tf.GradientTape() as first, tf.GradientTape(persistent=True) as second:
            first.watch(values)
            second.watch(values)
            outputs = outputs_of(layer, states, values, training)
            squares, cubes = (tf.reduce_sum(outputs**power) for power in (2, 3))
        found = [first.gradient(squares, values), second.gradient(cubes, values)]
        again = second.gradient(squares, values)
        for one, other in zip(found[0], again, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)
    return [[ops.convert_to_numpy(g) for g in gradients] for gradients in found]


def square_of_gradient(layer, states, training):
    """Returns two functions of values: the squared length of the gradient of the sum of squares,
    and the gradient of that."""

    def loss(values):
        return ops.sum(outputs_of(layer, states, values, training) ** 2)

    if BACKEND == "jax":
        import jax

        def square(values):
            return sum(ops.sum(g**2) for g in jax.grad(loss)(values))

        return jax.jit(square), jax.jit(jax.grad(square))
    if BACKEND == "torch":
        import torch

        def both(values):
            values = [torch.tensor(value, requires_grad=True) for value in values]
            first = torch.autograd.grad(loss(values), values, create_graph=True)
            square = sum((g**2).sum() for g in first)
            return square, torch.autograd.grad(square, values)

    else:
        import tensorflow as tf

        def both(values):
            values = [tf.convert_to_tensor(value) for value in values]
            with tf.GradientTape() as outer:
                outer.watch(values)
                with tf.GradientTape() as inner:
                    inner.watch(values)
                    value = loss(values)
                square = sum(tf.reduce_sum(g**2) for g in inner.gradient(value, values))
            return square, outer.gradient(square, values)

    return (
        lambda values: ops.convert_to_numpy(both(values)[0]),
        lambda values: [ops.convert_to_numpy(gradient) for gradient in both(values)[1]],
    )
