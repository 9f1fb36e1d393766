"""On JAX, the gradient of a loop's weights as one product after the loop.

JAX would add to the gradient of every weight at each step back through time: passes over the
whole of each weight, and, where the batch is spread over devices, a sum over all of them.
"""

import jax
from keras import ops


def with_weight_gradients_outside(loop, cell, go_backwards):
    """Returns `loop` with a gradient that takes the weights out of it.

    Args:
        loop: function of the projected inputs, the initial states, the weights and the mask that
            returns the last output, all outputs in the order of the steps, and the last states.
        cell: the `MemoryCell` of the loop.
        go_backwards: whether the loop goes from the last input to the first.
    """

    @jax.custom_vjp
    def run(projected, states, weights, mask):
        return loop(projected, states, weights, mask)

    def forward(projected, states, weights, mask):
        recurrent_kernel, interface_kernel, interface_bias = weights
        # The bias goes in with the inputs, so that the gradient of the interface comes out with
        # the gradient of theirs.
        shape = (*projected.shape[:2], interface_bias.shape[0])
        inputs = ops.concatenate([projected, ops.broadcast_to(interface_bias, shape)], axis=-1)
        fixed = (recurrent_kernel, interface_kernel, ops.zeros_like(interface_bias))
        results, pull_back = jax.vjp(
            lambda inputs, states: loop(inputs, states, fixed, mask), inputs, states
        )
        _, outputs, _ = results
        return results, (pull_back, states[0], outputs)

    def backward(residuals, upstream):
        pull_back, first, outputs = residuals
        inputs_gradient, states_gradient = pull_back(upstream)
        in_order = inputs_gradient[:, ::-1] if go_backwards else inputs_gradient
        prev_outputs = ops.concatenate([first[:, None], outputs[:, :-1]], axis=1)
        size = cell.kernel.shape[-1]
        gates, interface = in_order[..., :size], in_order[..., size:]
        weights_gradient = (
            ops.einsum("bti,bto->io", cell.fed_back(prev_outputs), gates),
            ops.einsum("bti,bto->io", outputs[..., : cell.units], interface),
            ops.sum(interface, axis=(0, 1)),
        )
        return inputs_gradient[..., :size], states_gradient, weights_gradient, None

    run.defvjp(forward, backward)
    return run
