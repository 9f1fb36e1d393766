"""NTMCell: one step of the Neural Turing Machine. Its layer is in ntm.py."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mann.layers.arguments import check_choice, check_number, check_sizes
from mann.layers.memory_cell import ADDRESSINGS, EMPTY, MemoryCell
from mann.ops import addressing
from mann.ops import memory as memory_ops
from mann.ops.arrays import tanh

# A new head mostly stays where it was: its gate to content is sigmoid(-2), about an eighth. With a
# gate of a half it also learns to copy, but errs more on sequences far longer than in training.
GATE_OFFSET = -2.0


class NTMState(NamedTuple):
    """The states that the cell carries from step to step, in the shapes that the equations use."""

    output: Any  # (batch, units + num_read_heads * word_size): hidden state, then the reads
    memory: Any  # (batch, word_size, memory_size)
    read_weights: Any  # (batch, num_read_heads, memory_size)
    write_weights: Any  # (batch, num_write_heads, memory_size)
    carry: Any = None  # (batch, units), of the LSTM controller


@keras.saving.register_keras_serializable(package="mann")
class NTMCell(MemoryCell):
    """One step of `NTM`: a controller and a memory that is addressed by content and by place.

    All heads, the read heads and then the write heads, address the memory as it was before the
    step:

    ```
    w^c = softmax(beta cos(k, M_{t-1}))                 by content
    w^g = g w^c + (1 - g) w_{t-1}                       or where it was
    w   = sharpened with gamma after a shift by s of w^g
    w   = one-hot, at the largest of w                  with addressing="hard"
    r   = w M_{t-1}                                     the read heads
    M   = M_{t-1} prod(1 - w e) + sum of w a            the write heads
    ```

    See `NTM` for the arguments.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them.

    Example:

    >>> cell = NTMCell(32, memory_size=16, word_size=8)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 8)
    True
    """

    State = NTMState
    reads_before_writing = True

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=20,
        num_read_heads=1,
        num_write_heads=1,
        shift_range=1,
        min_sharpening=1.0,
        controller="lstm",
        forget_bias=-1.0,
        input_to_interface=False,
        addressing="soft",
        learn_initial_memory=False,
        **kwargs,
    ):
        check_sizes(
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_write_heads=num_write_heads,
            shift_range=shift_range,
        )
        if 2 * shift_range >= memory_size:
            raise ValueError(
                "Argument `shift_range` must be less than half of `memory_size`. Received: "
                f"shift_range={shift_range!r}, memory_size={memory_size!r}."
            )
        check_number("min_sharpening", min_sharpening)
        if min_sharpening < 1:
            raise ValueError(
                "Argument `min_sharpening` must be 1 or more: weights to a power below 1 would be "
                f"blurred. Received: {min_sharpening!r}."
            )
        check_choice("addressing", addressing, ADDRESSINGS)
        super().__init__(
            units,
            read_size=num_read_heads * word_size,
            memory_shapes={
                "memory": (word_size, memory_size),
                "read_weights": (num_read_heads, memory_size),
                "write_weights": (num_write_heads, memory_size),
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
        self.shift_range = shift_range
        self.min_sharpening = min_sharpening
        self.learn_initial_memory = learn_initial_memory

    def build(self, input_shape):
        super().build(input_shape)
        if self.learn_initial_memory:
            self.memory_at_start = self.add_weight(
                shape=(self.word_size, self.memory_size),
                initializer=keras.initializers.Constant(EMPTY),
                name="memory_at_start",
            )

    def interface_sizes(self):
        heads = self.num_read_heads + self.num_write_heads
        return {
            "keys": heads * self.word_size,
            "strengths": heads,
            "gates": heads,
            "shifts": heads * (2 * self.shift_range + 1),
            "sharpenings": heads,
            "erase": self.num_write_heads * self.word_size,
            "words": self.num_write_heads * self.word_size,
        }

    def initial_memory(self):
        if self.learn_initial_memory:
            memory = self.memory_at_start
        else:
            memory = ops.full((self.word_size, self.memory_size), EMPTY, self.memory_dtype)
        first_slot = ops.one_hot(0, self.memory_size, dtype=self.memory_dtype)
        return {
            "memory": memory,
            # All heads on one slot: in an empty memory slots differ only by their place.
            "read_weights": ops.tile(first_slot, self.num_read_heads),
            "write_weights": ops.tile(first_slot, self.num_write_heads),
        }

    def access(self, interface, prev):
        keys = tanh(self._split(interface["keys"], self.word_size))
        strengths = ops.softplus(interface["strengths"])
        gates = ops.sigmoid(interface["gates"] + GATE_OFFSET)
        shifts = ops.softmax(self._split(interface["shifts"], 2 * self.shift_range + 1), axis=-1)
        sharpenings = self.min_sharpening + ops.softplus(interface["sharpenings"])
        prev_weights = ops.concatenate([prev.read_weights, prev.write_weights], axis=1)

        weights = addressing.content_weights(keys, prev.memory, strengths)
        weights = addressing.interpolate(weights, prev_weights, gates)
        weights = addressing.sharpen(addressing.shift(weights, shifts), sharpenings)
        if self.addressing == "hard":
            weights = addressing.harden(weights)
        read_weights = weights[:, : self.num_read_heads]
        write_weights = weights[:, self.num_read_heads :]
        reads = memory_ops.read(prev.memory, read_weights)
        memory = memory_ops.write(
            prev.memory,
            write_weights,
            ops.sigmoid(self._split(interface["erase"], self.word_size)),
            tanh(self._split(interface["words"], self.word_size)),
        )
        state = prev._replace(memory=memory, read_weights=read_weights, write_weights=write_weights)
        trace = {
            "write_weights": write_weights,
            "read_weights": read_weights,
            "gates": gates,
            "shifts": shifts,
        }
        return state, reads, trace

    def get_config(self):
        return {
            **super().get_config(),
            "addressing": self.addressing,
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "num_write_heads": self.num_write_heads,
            "shift_range": self.shift_range,
            "min_sharpening": self.min_sharpening,
            "learn_initial_memory": self.learn_initial_memory,
        }
