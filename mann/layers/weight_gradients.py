"""The gradient of a loop's weights as one product after the loop.

Left to themselves, TensorFlow and JAX add to the gradient of every weight at each step back through
time: passes over the whole of each weight, and, where the batch is spread over devices, a sum over
all of them.
"""

import keras
from keras import ops

from mann.layers.memory_cell import Products, Projected


def taken_outside(loop, cell, go_backwards):
    """Returns a loop like `loop` with a gradient that takes the weights out of it.

    On TensorFlow gradients of gradients do not go through it.

    Args:
        loop: function of `Projected` sequences, the initial states, `Products` and the mask that
            returns the last output, all outputs in the order of the steps, and the last states.
        cell: the `MemoryCell` of the loop.
        go_backwards: whether the loop goes from the last input to the first.

    Returns:
        Function of the projected inputs, the initial states, the weights and the mask.
    """

    def prepare(projected, weights):
        recurrent_kernel, interface_kernel, interface_bias = weights
        gates, interface = cell.as_projected(projected)
        # The gradient of the interface comes out as the gradient of the bias at each step.
        shape = (*ops.shape(projected)[:2], interface_bias.shape[0])
        bias = ops.broadcast_to(interface_bias, shape)
        kernels = recurrent_kernel, interface_kernel
        products = Products(*map(_product, kernels), kernels)
        return Projected(gates, bias + interface), products

    def projected_gradient(inputs_gradient):
        if cell.input_to_interface:
            return ops.concatenate(inputs_gradient, axis=-1)
        return inputs_gradient[0]

    def weights_gradient(inputs_gradient, first, outputs, mask):
        if go_backwards:
            inputs_gradient = [gradient[:, ::-1] for gradient in inputs_gradient]
        gates, interface = inputs_gradient
        if mask is not None:
            # Before the first step that counts, TensorFlow's loop puts out zeros.
            counts = ops.cast(mask[:, ::-1] if go_backwards else mask, "int32")
            begun = ops.cumsum(counts, axis=1) > 0
            outputs = ops.where(begun[..., None], outputs, first[:, None])
        prev_outputs = ops.concatenate([first[:, None], outputs[:, :-1]], axis=1)
        return (
            ops.einsum("bti,bto->io", cell.fed_back(prev_outputs), gates),
            ops.einsum("bti,bto->io", outputs[..., : cell.units], interface),
            ops.sum(interface, axis=(0, 1)),
        )

    on_backend = _on_jax if keras.backend.backend() == "jax" else _on_tensorflow
    return on_backend(loop, prepare, projected_gradient, weights_gradient)


def _product(kernel):
    """Returns the product with a kernel that needs no gradient, as a function."""
    # Transposed once: a product with a kernel transposed on the fly is half as fast.
    transposed = ops.transpose(kernel)

    @ops.custom_gradient
    def product(vectors, kernel, transposed):
        def gradient(*upstream):
            unused = ops.zeros_like(kernel), ops.zeros_like(transposed)
            return ops.matmul(upstream[0], transposed), *unused

        return ops.matmul(vectors, kernel), gradient

    return lambda vectors: product(vectors, kernel, transposed)


def _on_jax(loop, prepare, projected_gradient, weights_gradient):
    import jax

    @jax.custom_vjp
    def run(projected, states, weights, mask):
        inputs, products = prepare(projected, weights)
        return loop(inputs, states, products, mask)

    def forward(projected, states, weights, mask):
        inputs, products = prepare(projected, weights)
        results, pull_back = jax.vjp(
            lambda inputs, states: loop(inputs, states, products, mask), inputs, states
        )
        return results, (pull_back, states[0], results[1], mask)

    def backward(residuals, upstream):
        pull_back, *results = residuals
        inputs_gradient, states_gradient = pull_back(upstream)
        gradient = weights_gradient(inputs_gradient, *results)
        return projected_gradient(inputs_gradient), states_gradient, gradient, None

    run.defvjp(forward, backward)
    return run


def _on_tensorflow(loop, prepare, projected_gradient, weights_gradient):
    import tensorflow as tf

    def run(projected, states, weights, mask):
        num_states = len(states)

        @tf.custom_gradient
        def flat_run(projected, *rest):
            # Two tapes on one loop would make TensorFlow prepare it for second derivatives.
            projected, *rest = map(tf.stop_gradient, (projected, *rest))
            states, weights = rest[:num_states], rest[num_states:]
            inputs, products = prepare(projected, weights)
            sources = [*inputs, *states]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                last, outputs, states_after = loop(inputs, states, products, mask)
            results = [last, outputs, *states_after]

            def gradient(*upstream):
                gates, interface, *states_gradient = tape.gradient(results, sources, upstream)
                outside = weights_gradient((gates, interface), states[0], outputs, mask)
                return projected_gradient((gates, interface)), *states_gradient, *outside

            return results, gradient

        last, outputs, *states_after = flat_run(projected, *states, *weights)
        return last, outputs, states_after

    return run
