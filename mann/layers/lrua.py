"""LRUACell and LRUA: the memory of the MANN, written where it was least recently used."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mann.layers.arguments import check_choice, check_sizes
from mann.layers.memory_cell import ADDRESSINGS, EMPTY, MemoryCell
from mann.layers.memory_layer import MemoryLayer
from mann.ops import addressing
from mann.ops import memory as memory_ops
from mann.ops.arrays import tanh

VARIANTS = ("default", "paper")


class LRUAState(NamedTuple):
    """The states that the cell carries from step to step, in the shapes that the equations use."""

    output: Any  # (batch, units + num_read_heads * word_size): hidden state, then the reads
    memory: Any  # (batch, word_size, memory_size)
    read_weights: Any  # (batch, num_read_heads, memory_size)
    usage: Any  # (batch, memory_size)
    carry: Any = None  # (batch, units), of the LSTM controller


@keras.saving.register_keras_serializable(package="mann")
class LRUACell(MemoryCell):
    """One step of `LRUA`: a controller and a memory with least recently used access.

    Each step writes, then reads the updated memory. With `d = usage_decay`, per head:

    ```
    w^w = g w^r_{t-1} + (1 - g) w^lu_{t-1}      where it read last, or the least used slot
    M   = M_{t-1} (least used slot wiped) + w^w a
    w^r = softmax(beta cos(k, M));  r = w^r M
    w^u = d w^u_{t-1} + sum of w^r + sum of w^w
    ```

    With `addressing="hard"`, `g` is rounded to 0 or 1, and `w^r` is one-hot, at its largest.
    No gradient flows through the usage. See `LRUA` for the arguments and the variants.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them.

    Example:

    >>> cell = LRUACell(32, memory_size=16, word_size=8, num_read_heads=2)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 2 * 8)
    True
    """

    State = LRUAState

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=40,
        num_read_heads=4,
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        addressing="soft",
        variant="default",
        usage_decay=None,
        **kwargs,
    ):
        check_sizes(memory_size=memory_size, word_size=word_size, num_read_heads=num_read_heads)
        if num_read_heads > memory_size:
            raise ValueError(
                "Argument `num_read_heads` must be at most `memory_size`, so that each head has "
                f"a least used slot. Received: num_read_heads={num_read_heads!r}, "
                f"memory_size={memory_size!r}."
            )
        check_choice("variant", variant, VARIANTS)
        if usage_decay is None:
            usage_decay = 0.99 if variant == "paper" else 0.95
        if not 0 <= usage_decay <= 1:
            raise ValueError(
                f"Argument `usage_decay` must lie between 0 and 1. Received: {usage_decay!r}."
            )
        check_choice("addressing", addressing, ADDRESSINGS)
        super().__init__(
            units,
            read_size=num_read_heads * word_size,
            memory_shapes={
                "memory": (word_size, memory_size),
                "read_weights": (num_read_heads, memory_size),
                "usage": (memory_size,),
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
        self.variant = variant
        self.usage_decay = usage_decay

    def interface_sizes(self):
        heads, words = self.num_read_heads, self.num_read_heads * self.word_size
        if self.variant == "paper":
            return {"keys": words, "write_gates": heads}
        return {"keys": words, "words": words, "strengths": heads, "write_gates": heads}

    def initial_memory(self):
        first_slot = ops.one_hot(0, self.memory_size, dtype=self.memory_dtype)
        return {
            "memory": ops.full((self.word_size, self.memory_size), EMPTY, self.memory_dtype),
            # All heads on one slot: with uniform weights all slots would stay the same for ever.
            "read_weights": ops.tile(first_slot, self.num_read_heads),
            "usage": first_slot,
        }

    def access(self, interface, prev):
        keys = tanh(self._split(interface["keys"], self.word_size))
        gates = ops.sigmoid(interface["write_gates"])[:, :, None]
        if self.addressing == "hard":
            gates = addressing.harden_gates(gates)
        least_used = addressing.least_used_slots(prev.usage, self.num_read_heads)
        memory = memory_ops.erase_slots(prev.memory, least_used[:, 0])
        if self.variant == "paper":
            # The key is also the written word, there is no strength, and all heads share the set
            # of least used slots.
            words, strengths = keys, None
            least_used = ops.sum(least_used, axis=1, keepdims=True)
        else:
            words = tanh(self._split(interface["words"], self.word_size))
            strengths = 1.0 + ops.softplus(interface["strengths"] + addressing.STRENGTH_OFFSET)
        write_weights = least_used + gates * (prev.read_weights - least_used)
        memory = memory_ops.add(memory, write_weights, words)
        read_weights = addressing.content_weights(keys, memory, strengths)
        if self.addressing == "hard":
            read_weights = addressing.harden(read_weights)
        usage = ops.stop_gradient(
            self.usage_decay * prev.usage
            + ops.sum(read_weights, axis=1)
            + ops.sum(write_weights, axis=1)
        )
        state = prev._replace(memory=memory, read_weights=read_weights, usage=usage)
        reads = memory_ops.read(memory, read_weights)
        trace = {"write_weights": write_weights, "read_weights": read_weights, "usage": usage}
        return state, reads, trace

    def get_config(self):
        return {
            **super().get_config(),
            "addressing": self.addressing,
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "variant": self.variant,
            "usage_decay": self.usage_decay,
        }


@keras.saving.register_keras_serializable(package="mann")
class LRUA(MemoryLayer):
    """Recurrent layer with an external memory, written where it was least recently used.

    The MANN of Santoro et al. 2016. A controller emits keys; each head reads the slots whose
    content resembles its key, and writes either where it read one step before or to the least
    used slot. The output of a step is the hidden state followed by what the heads read.

    Two variants:

    - `"default"`, the form that learns fastest: each head has a key strength
      `1 + softplus(.)`, a write vector of its own beside the key, and its own least used slot,
      the j-th least used for head j.
    - `"paper"`, the equations as printed: no key strength, the key itself is written, and all
      heads share the `num_read_heads` least used slots. Ties in usage go to the lowest index, or
      an empty memory would be written everywhere at once.

    In both, keys and write vectors pass through tanh, the single least used slot is wiped before
    the write, the memory starts at 1e-6, and all heads start on slot 0. A masked step leaves every
    state as it was. Under a mixed precision policy the memory is computed in float32 within a step
    and kept in half precision between steps.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. Defaults to `128`.
        word_size: width of a slot. Defaults to `40`.
        num_read_heads: number of heads, each of which reads and writes. Defaults to `4`.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to `1.0`.
        input_to_interface: whether the input also feeds keys, words and gates directly, past the
            controller, like a skip connection of a residual network: with a good encoder of its
            inputs, a memory learns to match them many times sooner. Defaults to `False`, as
            published.
        addressing: `"soft"`, or `"hard"` for one-hot weights of the heads and write gates that are
            open or closed, so that no blur can add up over a long sequence: for a network that has
            learned with soft ones, none of whose weights this changes. Where a head blends slots,
            hard weights err. Their gradient is that of the soft ones (straight-through). Defaults
            to `"soft"`, as published.
        variant: `"default"` or `"paper"`. Defaults to `"default"`.
        usage_decay: fraction of its usage that a slot keeps from step to step, in [0, 1]. Defaults
            to `None`: 0.99 for `"paper"`, 0.95 otherwise.
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
        carry (LSTM controller only), memory, read weights, usage.

    Raises:
        ValueError: if a size is not a positive integer, a bias not a number, or a name unknown.

    `trace(sequences)` returns the activity of the memory: `write_weights` and `read_weights` of
    shape `(batch, time, num_read_heads, memory_size)`, `usage` of shape `(batch, time,
    memory_size)`.

    Reference: Santoro et al., "Meta-Learning with Memory-Augmented Neural Networks", ICML 2016.

    Example:

    >>> inputs = keras.Input((None, 405))
    >>> outputs = LRUA(200, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(5)(outputs))
    >>> model.output_shape
    (None, None, 5)
    """

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=40,
        num_read_heads=4,
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        addressing="soft",
        variant="default",
        usage_decay=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = LRUACell(
            units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            addressing=addressing,
            variant=variant,
            usage_decay=usage_decay,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="lrua_cell",
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
