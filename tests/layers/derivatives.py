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


def square_of_gradient(layer, states, values, training):
    """Returns the squared length of the gradient of the sum of squares, and its own gradient."""
    if BACKEND == "jax":
        import jax

        def loss(values):
            return ops.sum(outputs_of(layer, states, values, training) ** 2)

        def square(values):
            return sum(ops.sum(g**2) for g in jax.grad(loss)(values))

        value, gradient = jax.jit(jax.value_and_grad(square))(values)
    elif BACKEND == "torch":
        import torch

        values = [torch.tensor(value, requires_grad=True) for value in values]
        loss = (outputs_of(layer, states, values, training) ** 2).sum()
        first = torch.autograd.grad(loss, values, create_graph=True)
        value = sum((g**2).sum() for g in first)
        gradient = torch.autograd.grad(value, values)
    else:
        import tensorflow as tf

        def square(*values):
            with tf.GradientTape() as outer:
                outer.watch(values)
                with tf.GradientTape() as inner:
                    inner.watch(values)
                    loss = tf.reduce_sum(outputs_of(layer, states, values, training) ** 2)
                first = inner.gradient(loss, values)
                value = sum(tf.reduce_sum(g**2) for g in first)
            return value, outer.gradient(value, values)

        value, gradient = square(*map(tf.convert_to_tensor, values))
    return float(ops.convert_to_numpy(value)), [ops.convert_to_numpy(g) for g in gradient]
