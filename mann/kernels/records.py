"""The inputs and outputs of a compiled DNC. Letters as in dnc_forward.py."""

from typing import Any, NamedTuple

from mann.kernels.bridge import Spec


class States(NamedTuple):
    """The states of `DNCState`, in its cell's order; without links, the last two are empty."""

    output: Any  # (batch, U + R W)
    carry: Any  # (batch, U)
    memory: Any  # (batch, W, N)
    read_weights: Any  # (batch, R, N)
    write_weights: Any  # (batch, N)
    usage: Any  # (batch, N)
    link: Any  # (batch, N, N)
    precedence: Any  # (batch, N)


class Residuals(NamedTuple):
    """The values of each step that the gradient needs."""

    gates: Any  # (batch, time, 4, U): input, forget, cell and output gate
    carry: Any  # (batch, time, U)
    squashed: Any  # (batch, time, U): tanh of the carry
    interface: Any  # (batch, time, S)
    usage: Any  # (batch, time, N)
    order: Any  # (batch, time, N): the slots by usage, of int32
    allocated: Any  # (batch, time, N)
    write_content: Any  # (batch, time, N)
    write_weights: Any  # (batch, time, N)
    forward_weights: Any  # (batch, time, R, N); without links, this and the next are empty
    backward_weights: Any  # (batch, time, R, N)
    read_content: Any  # (batch, time, R, N)
    read_weights: Any  # (batch, time, R, N)


def specify_residuals(interface, states):
    """Returns the `Spec`s of `Residuals`, given the shapes of the interface and of `States`."""
    batch, time, _ = interface
    _, heads, size = states.read_weights
    units = states.carry[1]
    by_slot, by_head = (batch, time, size), (batch, time, heads, size)
    by_link = (batch, time, heads, states.link[1])
    return Residuals(
        gates=Spec((batch, time, 4, units)),
        carry=Spec((batch, time, units)),
        squashed=Spec((batch, time, units)),
        interface=Spec(interface),
        usage=Spec(by_slot),
        order=Spec(by_slot, "int32"),
        allocated=Spec(by_slot),
        write_content=Spec(by_slot),
        write_weights=Spec(by_slot),
        forward_weights=Spec(by_link),
        backward_weights=Spec(by_link),
        read_content=Spec(by_head),
        read_weights=Spec(by_head),
    )
