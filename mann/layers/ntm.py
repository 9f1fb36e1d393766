"""NTMCell and NTM: the Neural Turing Machine."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mann.layers.arguments import check_sizes
from mann.layers.memory_cell import EMPTY, MemoryCell
from mann.layers.memory_layer import MemoryLayer
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

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=20,
        num_read_heads=1,
        num_write_heads=1,
        shift_range=1,
        controller="lstm",
        forget_bias=-1.0,
        input_to_interface=False,
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
        self.memory_size = memory_size
        self.word_size = word_size
        self.num_read_heads = num_read_heads
        self.num_write_heads = num_write_heads
        self.shift_range = shift_range
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
        sharpenings = 1.0 + ops.softplus(interface["sharpenings"])
        prev_weights = ops.concatenate([prev.read_weights, prev.write_weights], axis=1)

        weights = addressing.content_weights(keys, prev.memory, strengths)
        weights = addressing.interpolate(weights, prev_weights, gates)
        weights = addressing.sharpen(addressing.shift(weights, shifts), sharpenings)
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
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "num_write_heads": self.num_write_heads,
            "shift_range": self.shift_range,
            "learn_initial_memory": self.learn_initial_memory,
        }


@keras.saving.register_keras_serializable(package="mann")
class NTM(MemoryLayer):
    """Recurrent layer with an external memory addressed by content and by place.

    The Neural Turing Machine of Graves et al. 2014. At each step every head finds its place: the
    slots whose content resembles its key, or those where it was, moved by a shift and sharpened.
    Write heads erase and add there, read heads read. The output of a step is the hidden state
    followed by what the heads read.

    The paper leaves the following open. All heads address and read the memory as it was before the
    step's write. Keys and written words pass through tanh, the strength is `softplus(.)`, the
    sharpening `1 + softplus(.)`, the gate between content and place `sigmoid(. - 2)`, so that a new
    head mostly stays in its place. The memory starts at 1e-6 and all heads on slot 0. A masked step
    leaves every state as it was. Under a mixed precision policy the memory is computed in float32
    within a step and kept in half precision between steps.

    The weights do not depend on `memory_size`, unless the initial memory is learned: those of one
    layer serve another with more slots.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. Defaults to `128`.
        word_size: width of a slot. Defaults to `20`.
        num_read_heads: number of heads that read. Defaults to `1`.
        num_write_heads: number of heads that write. Defaults to `1`.
        shift_range: how many slots a head can move in a step, either way. Defaults to `1`.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to
            `-1.0`: a controller that forgets at first leaves it to the memory to remember.
        input_to_interface: whether the input also feeds keys, words and gates directly, past the
            controller, like a skip connection of a residual network: with a good encoder of its
            inputs, a memory learns to match them many times sooner. Defaults to `False`, as
            published.
        learn_initial_memory: whether the content that the memory starts with is learned, as in the
            paper; it learns slower. Defaults to `False`.
        return_sequences: whether to return the outputs of all steps. Defaults to `False`.
        return_state: whether to return the states after the output. Defaults to `False`.
        go_backwards: whether to go from the last step to the first. Defaults to `False`.
        stateful: as in `keras.layers.RNN`. Defaults to `False`.
        unroll: whether to unroll the loop over time. Defaults to `False`.
        **kwargs: arguments of `keras.layers.RNN` and `keras.layers.Layer`, such as `name` and
            `dtype`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: list of states, as an earlier call returned them. Defaults to an empty
            memory.
        mask: boolean tensor of shape `(batch, time)`, `False` for steps to skip.
        training: whether the call is one of training.

    Output shape:
        `(batch, units + num_read_heads * word_size)`, with a time axis after the batch if
        `return_sequences`. With `return_state`, the states follow, each `(batch, size)`: output,
        carry (LSTM controller only), memory, read weights, write weights.

    Raises:
        ValueError: if a size is not a positive integer, a bias not a number, or a name unknown.

    `trace(sequences)` returns the activity of the memory: `write_weights` and `read_weights` of
    shape `(batch, time, heads, memory_size)`; `gates` of shape `(batch, time, heads)` and `shifts`
    of shape `(batch, time, heads, 2 * shift_range + 1)`, of the read heads and then the write
    heads.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014.

    Example:

    >>> inputs = keras.Input((None, 9))
    >>> outputs = NTM(100, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(8)(outputs))
    >>> model.output_shape
    (None, None, 8)
    """

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=20,
        num_read_heads=1,
        num_write_heads=1,
        shift_range=1,
        controller="lstm",
        forget_bias=-1.0,
        input_to_interface=False,
        learn_initial_memory=False,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = NTMCell(
            units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_write_heads=num_write_heads,
            shift_range=shift_range,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            learn_initial_memory=learn_initial_memory,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="ntm_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
