"""The inputs and outputs of a compiled SAM. Letters as in sam_forward.py."""

from typing import Any, NamedTuple

from mann.kernels.bridge import Spec


class States(NamedTuple):
    """The states of `SAMState`, in its cell's order."""

    output: Any  # (batch, U + R W)
    carry: Any  # (batch, U)
    memory: Any  # (batch, W, N)
    read_weights: Any  # (batch, R, N)
    ages: Any  # (batch, N)


class Residuals(NamedTuple):
    """The values of each step that the gradient needs: of the memory, the rows it touched."""

    gates: Any  # (batch, time, 4, U): input, forget, cell and output gate
    carry: Any  # (batch, time, U)
    squashed: Any  # (batch, time, U): tanh of the carry
    interface: Any  # (batch, time, S)
    oldest: Any  # (batch, time, R): the slots that heads wiped, of int32
    read_slots: Any  # (batch, time, R, K): of int32
    read_weights: Any  # (batch, time, R, K)
    old_rows: Any  # (batch, time, R + R K, W): of slots wiped or written, before; not of step 0
    rows: Any  # (batch, N, W): the memory after the last step


def specify_residuals(num_neighbors, interface, states):
    """Returns the `Spec`s of `Residuals`.

    Args:
        num_neighbors: number of slots that a head reads.
        interface: shape of the interface.
        states: `States` of shapes.
    """
    batch, time, _ = interface
    (_, width, size), heads, units = states.memory, states.read_weights[1], states.carry[1]
    by_head = (batch, time, heads, num_neighbors)
    return Residuals(
        gates=Spec((batch, time, 4, units)),
        carry=Spec((batch, time, units)),
        squashed=Spec((batch, time, units)),
        interface=Spec(interface),
        oldest=Spec((batch, time, heads), "int32"),
        read_slots=Spec(by_head, "int32"),
        read_weights=Spec(by_head),
        old_rows=Spec((batch, time, heads * (1 + num_neighbors), width)),
        rows=Spec((batch, size, width)),
    )
