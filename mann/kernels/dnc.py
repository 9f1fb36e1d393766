"""A DNC's loop over time as one call of compiled code, and its gradient as another.

A framework passes over the memory many times in a step, with a call for each few operations. Here
a step is a few loops with as few passes as possible, and each core takes a part of the batch. numba
compiles them.
"""

from keras import ops

from mann.kernels.bridge import Spec, call, with_gradient
from mann.kernels.records import Residuals, States, residual_shapes
from mann.kernels.threads import run_in_threads

NUM_STATES = len(States._fields)


def run(inputs, states, kernels, plain):
    """Returns the outputs of a DNC with one write head, and its last states.

    Gradients of gradients are those of `plain`.

    Args:
        inputs: tuple of float32 tensors: the inputs' products for the gates, `(batch, time, 4 *
            units)`, and those for the interface, `(batch, time, interface size)`.
        states: list of the initial states, in the order and the shapes of `DNCCell`.
        kernels: tuple of the recurrent kernel and the interface kernel.
        plain: function of these three, the plain loop of the equations.

    Returns:
        Tuple of the outputs, of shape `(batch, time, units + reads)`, and the list of states.
    """
    linked = len(states) == NUM_STATES

    def plain_of_flat(*args):
        inputs, first, kernels = _unpack_args(args)
        outputs, last = plain(inputs, _list_states(first, linked), kernels)
        return outputs, *_pack_states(last)

    compiled = with_gradient(_forward, _backward, plain_of_flat)
    outputs, *last = compiled(*inputs, *_pack_states(states), *kernels)
    return outputs, _list_states(States(*last), linked)


def _pack_states(states):
    # One write head needs no axis of heads.
    output, carry, memory, reads, writes, usage, *linked = states
    if linked:
        link, precedence = linked[0], linked[1][:, 0]
    else:
        link, precedence = memory[:, :0, :0], usage[:, :0]
    return States(output, carry, memory, reads, writes[:, 0], usage, link, precedence)


def _list_states(states, linked):
    *listed, link, precedence = states._replace(write_weights=states.write_weights[:, None])
    return [*listed, link, precedence[:, None]] if linked else listed


def _unpack_args(args):
    """Returns the inputs, the `States` and what follows them."""
    return args[:2], States(*args[2 : 2 + NUM_STATES]), tuple(args[2 + NUM_STATES :])


def _forward(*args):
    from mann.kernels.controller import split_into_panels

    inputs, first, kernels = _unpack_args(args)
    results = call(_fill_results, _result_specs, *inputs, *first, *map(split_into_panels, kernels))
    return results[: 1 + NUM_STATES], results[1 + NUM_STATES :]


def _result_specs(shapes):
    (gates, interface), first, _ = _unpack_args(shapes)
    if gates[1] == 0:
        raise ValueError(
            "A loop over time needs at least one step. Received: sequences without steps."
        )
    residuals = Residuals(*map(Spec, residual_shapes(interface, first)))
    residuals = residuals._replace(order=Spec(residuals.order.shape, "int32"))
    return [Spec((*gates[:2], first.output[1])), *map(Spec, first), *residuals]


def _fill_results(args, results):
    from mann.kernels import dnc_forward

    (gates, interface), first, kernels = _unpack_args(args)
    outputs, last = results[0], States(*results[1 : 1 + NUM_STATES])
    residuals = Residuals(*results[1 + NUM_STATES :])
    run_in_threads(
        dnc_forward.forward,
        len(gates),
        gates,
        interface,
        kernels,
        first,
        last,
        outputs,
        residuals,
    )


def _backward(args, results, residuals, d_results):
    """Returns the gradients of `args`: of the kernels, as one product after the loop."""
    from mann.kernels.controller import split_into_panels

    inputs, first, kernels = _unpack_args(args)
    transposed = (split_into_panels(ops.transpose(kernel)) for kernel in kernels)
    gradients = call(
        _fill_gradients, _gradient_specs, *inputs, *first, *transposed, *d_results, *residuals
    )
    (d_gates, d_interface), _, _ = _unpack_args(gradients)
    outputs, units = results[0], first.carry.shape[1]
    prev_outputs = ops.concatenate([first.output[:, None], outputs[:, :-1]], axis=1)
    d_recurrent = ops.einsum("bti,bto->io", prev_outputs, d_gates)
    d_to_interface = ops.einsum("bti,bto->io", outputs[..., :units], d_interface)
    return *gradients, d_recurrent, d_to_interface


def _gradient_specs(shapes):
    return [Spec(shape) for shape in shapes[: 2 + NUM_STATES]]


def _fill_gradients(args, results):
    from mann.kernels import dnc_backward

    _, first, (*kernels, d_outputs), d_last, residuals = (
        *_unpack_args(args[: 5 + NUM_STATES]),
        States(*args[5 + NUM_STATES : 5 + 2 * NUM_STATES]),
        Residuals(*args[5 + 2 * NUM_STATES :]),
    )
    (d_gates, d_interface), d_first, _ = _unpack_args(results)
    run_in_threads(
        dnc_backward.backward,
        len(d_outputs),
        d_outputs,
        tuple(kernels),
        first,
        residuals,
        d_last,
        d_first,
        d_gates,
        d_interface,
    )
