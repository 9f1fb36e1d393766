"""Outputs of a layer and its gradients, as a training step on each backend computes them."""

import numpy as np
from keras import ops
from memories import BACKEND, sequences


def results_and_gradients(layer, inputs, states, training, mask=None):
    """Returns the outputs of a layer, and the gradients of its weights, inputs and first states.

    Those of a weighted sum of all that it returns, as lists of arrays.
    """
    weights = [weight.value for weight in layer.trainable_variables]
    values, count = [*weights, inputs, *states], len(weights)

    def loss(values):
        weights, inputs, first = values[:count], values[count], list(values[count + 1 :])
        results, _ = layer.stateless_call(
            weights, [], inputs, initial_state=first, mask=mask, training=training
        )
        parts = [
            ops.sum(result * ops.cast(sequences(*result.shape, seed=i), result.dtype))
            for i, result in enumerate(results)
        ]
        return sum(parts), results

    results, gradients = VALUE_AND_GRADIENT[BACKEND](loss, values)
    return [to_array(x) for x in results], [to_array(x) for x in gradients]


def to_array(x):
    return np.asarray(ops.convert_to_numpy(x))


def _on_jax(loss, values):
    import jax

    (_, results), gradients = jax.jit(jax.value_and_grad(loss, has_aux=True))(values)
    return results, gradients


def _on_tensorflow(loss, values):
    import tensorflow as tf

    values = [tf.convert_to_tensor(value) for value in values]

    @tf.function
    def both(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            value, results = loss(values)
        return results, tape.gradient(value, values)

    return both(values)


def _on_torch(loss, values):
    import torch

    values = [value.detach().clone().requires_grad_() for value in values]
    value, results = loss(values)
    gradients = torch.autograd.grad(value, values, materialize_grads=True)
    return [result.detach() for result in results], gradients


VALUE_AND_GRADIENT = {"jax": _on_jax, "tensorflow": _on_tensorflow, "torch": _on_torch}


def gradient_of_gradient(layer, inputs, training):
    """Returns the gradient, by the inputs, of the squared norm of the gradient of the outputs."""

    def loss(inputs):
        return ops.sum(layer(inputs, training=training) ** 2)

    if BACKEND == "torch":
        import torch

        inputs = inputs.detach().clone().requires_grad_()
        [first] = torch.autograd.grad(loss(inputs), inputs, create_graph=True)
        return to_array(torch.autograd.grad((first**2).sum(), inputs)[0])
    if BACKEND == "jax":
        import jax

        return to_array(jax.jit(jax.grad(lambda x: ops.sum(jax.grad(loss)(x) ** 2)))(inputs))
    import tensorflow as tf

    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            value = loss(inputs)
        square = tf.reduce_sum(inner.gradient(value, inputs) ** 2)
    return to_array(outer.gradient(square, inputs))
