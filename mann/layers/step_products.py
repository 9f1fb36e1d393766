"""The products that a step of a memory needs: the input's, taken before, and those it takes."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Projected(NamedTuple):
    """The projected inputs of a step, or of several."""

    gates: Any  # (batch, [time,] gates * units): the input's product with the controller's weights
    interface: Any = 0.0  # (batch, [time,] interface size): likewise, with those of the interface

    @property
    def shape(self):
        # Keras's loop reads the number of steps from it.
        return self.gates.shape


class Products(NamedTuple):
    """The products that every step takes with the weights."""

    recurrent: Callable  # of what is fed back, for the gates of the controller
    interface: Callable  # of the hidden state, for the interface
    kernels: tuple  # of the two, the weights themselves

    @classmethod
    def of(cls, recurrent_kernel, interface_kernel, interface_bias=0.0):
        """Returns the products with the weights of `MemoryCell.copy_step_weights`."""
        return cls(
            lambda fed_back: fed_back @ recurrent_kernel,
            lambda hidden: hidden @ interface_kernel + interface_bias,
            (recurrent_kernel, interface_kernel),
        )
