"""The compiled loop of a DNC with one write head."""

from mann.kernels import loop
from mann.kernels.records import Residuals, States, specify_residuals

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

    def plain_of_states(inputs, states, kernels):
        outputs, last = plain(inputs, _list_states(states, linked), kernels)
        return outputs, _pack_states(last)

    outputs, last = loop.run(LOOP, inputs, _pack_states(states), kernels, plain_of_states)
    return outputs, _list_states(last, linked)


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


def _load_passes():
    from mann.kernels import dnc_backward, dnc_forward

    return dnc_forward.forward, dnc_backward.backward


LOOP = loop.Loop(States, Residuals, specify_residuals, _load_passes)
