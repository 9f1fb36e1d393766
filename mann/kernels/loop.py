"""A memory's loop over time as one call of compiled code, and its gradient as another.

A framework passes over the memory many times in a step, with a call for each few operations. Here
a step is a few loops with as few passes as possible, and each core takes a part of the batch. numba
compiles them.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from mann.kernels.bridge import Spec, call, with_gradient
from mann.kernels.threads import run_in_threads


class Loop(NamedTuple):
    """The two passes of a memory's loop, and the arrays that they share."""

    states: type  # NamedTuple of the states, the first two `output` and `carry`
    residuals: type  # NamedTuple of the values of each step that the gradient needs
    # From the shape of the interface and a `states` of shapes to a `residuals` of `Spec`.
    specify: Callable
    load_passes: Callable  # returns the compiled functions, forward and backward; imports numba


def run(loop, inputs, states, kernels, plain):
    """Returns the outputs of all steps of a memory with an LSTM controller, and its last states.

    Gradients of gradients are those of `plain`.

    Args:
        loop: the `Loop`.
        inputs: tuple of float32 tensors: the inputs' products for the gates, `(batch, time, 4 *
            units)`, and those for the interface, `(batch, time, interface size)`.
        states: `loop.states` of the initial states.
        kernels: tuple of the recurrent kernel and the interface kernel.
        plain: function of these three, the plain loop of the equations.

    Returns:
        Tuple of the outputs, of shape `(batch, time, units + reads)`, and of `loop.states`.
    """

    def plain_of_flat(*args):
        outputs, last = plain(*_unpack(loop, args))
        return outputs, *last

    compiled = with_gradient(
        functools.partial(_forward, loop), functools.partial(_backward, loop), plain_of_flat
    )
    outputs, *last = compiled(*inputs, *states, *kernels)
    return outputs, loop.states(*last)


def _unpack(loop, args):
    """Returns the inputs, the states and what follows them."""
    end = 2 + len(loop.states._fields)
    return args[:2], loop.states(*args[2:end]), tuple(args[end:])


def _forward(loop, *args):
    from mann.kernels.controller import split_into_panels

    inputs, first, kernels = _unpack(loop, args)

    def specify(shapes):
        (gates, interface), first, _ = _unpack(loop, shapes)
        if gates[1] == 0:
            raise ValueError(
                "A loop over time needs at least one step. Received: sequences without steps."
            )
        outputs = Spec((*gates[:2], first.output[1]))
        return [outputs, *map(Spec, first), *loop.specify(interface, first)]

    results = call(
        functools.partial(fill_results, loop),
        specify,
        *inputs,
        *first,
        *map(split_into_panels, kernels),
    )
    end = 1 + len(first)
    return results[:end], results[end:]


def fill_results(loop, args, results):
    """Runs the forward pass of a loop on arrays."""
    (gates, interface), first, kernels = _unpack(loop, args)
    end = 1 + len(first)
    run_in_threads(
        loop.load_passes()[0],
        len(gates),
        gates,
        interface,
        kernels,
        first,
        loop.states(*results[1:end]),
        results[0],
        loop.residuals(*results[end:]),
    )


def _backward(loop, args, results, residuals, d_results):
    """Returns the gradients of `args`: of the kernels, as one product after the loop."""
    from mann.kernels.controller import split_into_panels

    inputs, first, kernels = _unpack(loop, args)
    gradients = call(
        functools.partial(fill_gradients, loop),
        lambda shapes: [Spec(shape) for shape in shapes[: 2 + len(first)]],
        *inputs,
        *first,
        *(split_into_panels(ops.transpose(kernel)) for kernel in kernels),
        *d_results,
        *residuals,
    )
    (d_gates, d_interface), _, _ = _unpack(loop, gradients)
    outputs, units = results[0], first.carry.shape[1]
    prev_outputs = ops.concatenate([first.output[:, None], outputs[:, :-1]], axis=1)
    d_recurrent = ops.einsum("bti,bto->io", prev_outputs, d_gates)
    d_to_interface = ops.einsum("bti,bto->io", outputs[..., :units], d_interface)
    return *gradients, d_recurrent, d_to_interface


def fill_gradients(loop, args, results):
    """Runs the backward pass of a loop on arrays."""
    _, first, (recurrent, interface, d_outputs, *rest) = _unpack(loop, args)
    (d_gates, d_interface), d_first, _ = _unpack(loop, results)
    run_in_threads(
        loop.load_passes()[1],
        len(d_outputs),
        d_outputs,
        (recurrent, interface),
        first,
        loop.residuals(*rest[len(first) :]),
        loop.states(*rest[: len(first)]),
        d_first,
        d_gates,
        d_interface,
    )
