"""The gradient of a loop's weights as one product after the loop.

By default, TensorFlow and JAX add to the gradient of every weight at each step back through time:
a pass over the whole weight, and a sum over all devices if the batch is spread over several.
"""

import keras
from keras import ops

from mann.layers.step_products import Products, Projected
from mann.ops.gradients import custom_gradient


def take_weights_outside(loop, plain, cell, go_backwards):
    """Returns a loop like `plain` with a gradient that takes the weights out of it.

    Gradients of gradients are those of `plain`. On PyTorch, which records every step, it returns
    `plain`.

    Args:
        loop: function of `Projected` sequences, the initial states, `Products` and the mask that
            returns the last output, all outputs in the order of the steps, and the last states.
        plain: likewise, a function of the projected inputs, the initial states, the weights and
            the mask.
        cell: the `MemoryCell` of the loop.
        go_backwards: whether the loop goes from the last input to the first.

    Returns:
        Function with the arguments and results of `plain`.
    """
    if keras.backend.backend() not in ("tensorflow", "jax"):
        return plain

    def prepare(projected, weights):
        recurrent_kernel, interface_kernel, interface_bias = weights
        gates, interface = cell.split_projected(projected)
        # The gradient of this bias at each step is the gradient of the interface.
        shape = (*ops.shape(projected)[:2], interface_bias.shape[0])
        bias = ops.broadcast_to(interface_bias, shape)
        kernels = recurrent_kernel, interface_kernel
        products = Products(*map(_make_product, kernels), kernels)
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
            # Before the first step that is not masked, TensorFlow's loop outputs zeros.
            counts = ops.cast(mask[:, ::-1] if go_backwards else mask, "int32")
            begun = ops.cumsum(counts, axis=1) > 0
            outputs = ops.where(begun[..., None], outputs, first[:, None])
        prev_outputs = ops.concatenate([first[:, None], outputs[:, :-1]], axis=1)
        return (
            ops.einsum("bti,bto->io", cell.select_fed_back(prev_outputs), gates),
            ops.einsum("bti,bto->io", outputs[..., : cell.units], interface),
            ops.sum(interface, axis=(0, 1)),
        )

    if keras.backend.backend() == "jax":
        return _on_jax(loop, prepare, projected_gradient, weights_gradient)
    return _on_tensorflow(loop, plain, prepare, projected_gradient, weights_gradient)


def _make_product(kernel):
    """Returns a function that multiplies by a kernel, without a gradient of the kernel."""
    # Transposed once: a product with a kernel transposed on the fly is half as fast.
    transposed = ops.transpose(kernel)

    @custom_gradient
    def product(vectors, kernel, transposed):
        def gradient(upstream):
            unused = ops.zeros_like(kernel), ops.zeros_like(transposed)
            return upstream @ transposed, *unused

        return vectors @ kernel, gradient

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


def _on_tensorflow(loop, plain, prepare, projected_gradient, weights_gradient):
    import tensorflow as tf

    unused_as_zero = tf.UnconnectedGradients.ZERO

    def run(projected, states, weights, mask):
        num_states = len(states)

        def unpack(args):
            projected, *rest = args
            return projected, rest[:num_states], rest[num_states:]

        def flat(results):
            last, outputs, states_after = results
            return [last, outputs, *states_after]

        args = [projected, *states, *weights]

        @tf.custom_gradient
        def flat_run(*stopped):
            # With two tapes on one loop, TensorFlow would prepare it for second derivatives.
            projected, states, weights = unpack([tf.stop_gradient(arg) for arg in stopped])
            inputs, products = prepare(projected, weights)
            sources = [*inputs, *states]

            def run_watched():
                with tf.GradientTape() as tape:
                    tape.watch(sources)
                    return tape, flat(loop(inputs, states, products, mask))

            tape, results = run_watched()
            # A persistent tape would do for several gradients of one pass, but has TensorFlow
            # trace the loop's gradient four times, in case it is for second derivatives.
            unused = [(tape, results)]

            def pull_back(*upstream):
                tape, targets = unused.pop() if unused else run_watched()
                gates, interface, *states_gradient = tape.gradient(
                    targets, sources, upstream, unused_as_zero
                )
                outside = weights_gradient((gates, interface), states[0], results[1], mask)
                return [projected_gradient((gates, interface)), *states_gradient, *outside]

            @tf.custom_gradient
            def pull_back_once(*upstream_and_args):
                upstream = [tf.stop_gradient(x) for x in upstream_and_args[: len(results)]]

                def gradient(*upstream_of_gradient):
                    return _second_gradient(upstream_and_args, upstream_of_gradient)

                return pull_back(*upstream), gradient

            def gradient(*upstream):
                # Outside graphs, the gradient of an unused result is `None`.
                given = [
                    tf.zeros_like(result) if x is None else x
                    for x, result in zip(upstream, results, strict=True)
                ]
                return pull_back_once(*given, *args)

            return results, gradient

        def _second_gradient(upstream_and_args, upstream_of_gradient):
            upstream = upstream_and_args[: -len(args)]
            with tf.GradientTape() as outer:
                outer.watch(upstream_and_args)
                again = upstream_and_args[-len(args) :]
                with tf.GradientTape() as inner:
                    inner.watch(again)
                    results = flat(plain(*unpack(again), mask))
                first = inner.gradient(results, again, upstream, unused_as_zero)
            return outer.gradient(first, upstream_and_args, upstream_of_gradient, unused_as_zero)

        last, outputs, *states_after = flat_run(*args)
        return last, outputs, states_after

    return run
