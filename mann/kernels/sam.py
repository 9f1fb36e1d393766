"""The compiled loop of a SAM, whose step costs what the slots in use cost."""

import functools

from mann.kernels import loop
from mann.kernels.sam_records import Residuals, States, specify_residuals


def run(num_neighbors, inputs, states, kernels, plain):
    """Returns the outputs of a SAM, and its last states.

    Gradients of gradients are those of `plain`.

    Args:
        num_neighbors: number of slots that a head reads.
        inputs: tuple of float32 tensors: the inputs' products for the gates, `(batch, time, 4 *
            units)`, and those for the interface, `(batch, time, interface size)`.
        states: list of the initial states, in the order and the shapes of `SAMCell`.
        kernels: tuple of the recurrent kernel and the interface kernel.
        plain: function of these three, the plain loop of the equations.

    Returns:
        Tuple of the outputs, of shape `(batch, time, units + reads)`, and the list of states.
    """

    def plain_of_states(inputs, states, kernels):
        outputs, last = plain(inputs, list(states), kernels)
        return outputs, States(*last)

    specify = functools.partial(specify_residuals, num_neighbors)
    compiled = loop.Loop(States, Residuals, specify, _load_passes)
    outputs, last = loop.run(compiled, inputs, States(*states), kernels, plain_of_states)
    return outputs, list(last)


def _load_passes():
    from mann.kernels import sam_backward, sam_forward

    return sam_forward.forward, sam_backward.backward
