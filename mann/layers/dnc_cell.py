"""DNCCell: one step of the Differentiable Neural Computer. Its layer is in dnc.py."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mann.kernels import dnc as kernel
from mann.kernels.availability import is_available
from mann.layers.arguments import check_choice, check_sizes
from mann.layers.memory_cell import ADDRESSINGS, MemoryCell
from mann.ops import addressing, allocation, links
from mann.ops import memory as memory_ops

REFINEMENTS = ("masked_keys", "deallocation", "sharp_links")

# Without a floor, a closed mask could not open again, and learning slows down.
MASK_FLOOR = 0.1


class DNCState(NamedTuple):
    """The states that the cell carries from step to step, in the shapes that the equations use."""

    output: Any  # (batch, units + num_read_heads * word_size): hidden state, then the reads
    memory: Any  # (batch, word_size, memory_size)
    read_weights: Any  # (batch, num_read_heads, memory_size)
    write_weights: Any  # (batch, num_write_heads, memory_size)
    usage: Any  # (batch, memory_size)
    # The links of the heads below each other: with an axis of heads, XLA computes them twice.
    link: Any = None  # (batch, num_write_heads * memory_size, memory_size)
    precedence: Any = None  # (batch, num_write_heads, memory_size)
    carry: Any = None  # (batch, units), of the LSTM controller


@keras.saving.register_keras_serializable(package="mann")
class DNCCell(MemoryCell):
    """One step of `DNC`: a controller and a memory that is allocated, and linked in time.

    Each step writes, then reads the updated memory:

    ```
    psi = prod(1 - f w^r_{t-1})                         not freed by the read heads
    u   = (u_{t-1} + w^w_{t-1} - u_{t-1} w^w_{t-1}) psi
    w^w = g^w (g^a a + (1 - g^a) c^w)                   a free slot, or one by its content
    M   = M_{t-1} (1 - w^w e) + w^w v
    w^r = pi_1 b + pi_2 c^r + pi_3 f                    the slots written before, by content, after
    ```

    With `addressing="hard"`, what `g^w` scales and `w^r` are one-hot, each at its largest.
    No gradient flows from the usage to the write weights: it would be mostly noise.
    See `DNC` for the arguments.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them.

    Example:

    >>> cell = DNCCell(32, memory_size=16, word_size=8, num_read_heads=2)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 2 * 8)
    True
    """

    State = DNCState

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=40,
        num_read_heads=4,
        num_write_heads=1,
        links=True,
        refinements=(),
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        addressing="soft",
        **kwargs,
    ):
        check_sizes(
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_write_heads=num_write_heads,
        )
        possible = REFINEMENTS if links else REFINEMENTS[:-1]
        if isinstance(refinements, str) or not set(refinements) <= set(possible):
            raise ValueError(
                f"Argument `refinements` must be a tuple of some of {possible}"
                f"{'' if links else ' (there are no links to sharpen)'}. Received: {refinements!r}."
            )
        linked = {
            "link": (num_write_heads * memory_size, memory_size),
            "precedence": (num_write_heads, memory_size),
        }
        check_choice("addressing", addressing, ADDRESSINGS)
        super().__init__(
            units,
            read_size=num_read_heads * word_size,
            memory_shapes={
                "memory": (word_size, memory_size),
                "read_weights": (num_read_heads, memory_size),
                "write_weights": (num_write_heads, memory_size),
                "usage": (memory_size,),
                **(linked if links else {}),
            },
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            **kwargs,
        )
        self.addressing = addressing
        self.memory_size = memory_size
        self.word_size = word_size
        self.num_read_heads = num_read_heads
        self.num_write_heads = num_write_heads
        self.links = links
        self.refinements = tuple(refinements)

    def interface_sizes(self):
        reads, writes, width = self.num_read_heads, self.num_write_heads, self.word_size
        sizes = {
            "read_keys": reads * width,
            "read_strengths": reads,
            "write_keys": writes * width,
            "write_strengths": writes,
            "erase": writes * width,
            "words": writes * width,
            "free_gates": reads,
            "allocation_gates": writes,
            "write_gates": writes,
        }
        if self.links:
            sizes["read_modes"] = reads * (1 + 2 * writes)
        if "masked_keys" in self.refinements:
            sizes |= {"read_masks": reads * width, "write_masks": writes * width}
        if "sharp_links" in self.refinements:
            sizes["link_strengths"] = reads * 2 * writes
        return sizes

    def initial_memory(self):
        return {name: ops.zeros(shape) for name, shape in self.state_shapes.items()}

    def access(self, interface, prev):
        free_gates, allocation_gates, write_gates = (
            ops.sigmoid(interface[name])
            for name in ("free_gates", "allocation_gates", "write_gates")
        )
        retained = allocation.retention(free_gates, prev.read_weights)
        usage = allocation.usage(prev.usage, ops.stop_gradient(prev.write_weights), retained)
        allocated = allocation.allocate_in_turn(usage, allocation_gates * write_gates)
        by_content = self._weigh_by_content("write", interface, prev.memory)
        places = addressing.interpolate(allocated, by_content, allocation_gates)
        if self.addressing == "hard":
            places = addressing.harden(places)
        write_weights = write_gates[:, :, None] * places
        memory = prev.memory
        if "deallocation" in self.refinements:
            memory = memory * retained[:, None]
        memory = memory_ops.write(
            memory,
            write_weights,
            ops.sigmoid(self._split(interface["erase"], self.word_size)),
            self._split(interface["words"], self.word_size),
        )
        state = prev._replace(memory=memory, write_weights=write_weights, usage=usage)
        trace = {
            "write_weights": write_weights,
            "usage": usage,
            "allocation": allocated,
            "allocation_gates": allocation_gates,
            "write_gates": write_gates,
            "free_gates": free_gates,
        }
        read_weights = self._weigh_by_content("read", interface, memory)
        if self.links:
            modes = self._split(interface["read_modes"], 1 + 2 * self.num_write_heads)
            modes = ops.softmax(modes, axis=-1)
            link, precedence, forward, backward = links.write_and_follow_each(
                prev.link, write_weights, prev.precedence, prev.read_weights
            )
            state = state._replace(link=link, precedence=precedence)
            read_weights = links.mix(
                modes, backward, read_weights, forward, self._get_link_strengths(interface)
            )
            shape = (-1, self.num_write_heads, self.memory_size, self.memory_size)
            trace |= {"link": ops.reshape(state.link, shape), "read_modes": modes}
        if self.addressing == "hard":
            read_weights = addressing.harden(read_weights)
        trace["read_weights"] = read_weights
        return (
            state._replace(read_weights=read_weights),
            memory_ops.read(memory, read_weights),
            trace,
        )

    def get_loop_kernel(self):
        plain = (
            self.controller == "lstm"
            and self.num_write_heads == 1
            and self.addressing == "soft"
            and not self.refinements
        )
        return kernel.run if plain and is_available(self.compute_dtype) else None

    def _weigh_by_content(self, heads, interface, memory):
        masks = None
        if "masked_keys" in self.refinements:
            masks = ops.sigmoid(self._split(interface[f"{heads}_masks"], self.word_size))
            masks = MASK_FLOOR + (1.0 - MASK_FLOOR) * masks
        return addressing.content_weights(
            self._split(interface[f"{heads}_keys"], self.word_size),
            memory,
            1.0 + ops.softplus(interface[f"{heads}_strengths"]),
            masks,
        )

    def _get_link_strengths(self, interface):
        """Returns how much the weights along the links are sharpened, or `None` for not at all."""
        if "sharp_links" not in self.refinements:
            return None
        strengths = self._split(interface["link_strengths"], 2 * self.num_write_heads)
        return 1.0 + ops.softplus(strengths)

    def get_config(self):
        return {
            **super().get_config(),
            "addressing": self.addressing,
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "num_write_heads": self.num_write_heads,
            "links": self.links,
            "refinements": list(self.refinements),
        }
