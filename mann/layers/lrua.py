"""LRUACell and LRUA: the memory of the MANN, written where it was least recently used."""

import contextlib
from typing import Any, NamedTuple

import keras
from keras import ops

from mann.layers.arguments import check_choice, check_sizes
from mann.ops import addressing, controllers
from mann.ops import memory as memory_ops

CONTROLLERS = ("lstm", "feedforward")
VARIANTS = ("default", "paper")

# An empty memory, but for a trace that gives its rows a direction.
EMPTY = 1e-6
# A new head starts with a key strength of 1 + softplus(2), or about 3.
STRENGTH_OFFSET = 2.0


class LRUAState(NamedTuple):
    """What the cell carries from step to step, as tensors of the shapes that the equations use."""

    output: Any  # (batch, units + num_read_heads * word_size): hidden state, then the reads
    carry: Any  # (batch, units), of the LSTM controller; None for a feed-forward one
    memory: Any  # (batch, memory_size, word_size)
    read_weights: Any  # (batch, num_read_heads, memory_size)
    usage: Any  # (batch, memory_size)


class Interface(NamedTuple):
    """What the controller tells the heads."""

    keys: Any  # (batch, num_read_heads, word_size), in (-1, 1)
    words: Any  # (batch, num_read_heads, word_size), in (-1, 1): what is written
    strengths: Any  # (batch, num_read_heads), above 1; None for none
    write_gates: Any  # (batch, num_read_heads, 1), in (0, 1)


@keras.saving.register_keras_serializable(package="mann")
class LRUACell(keras.layers.Layer):
    """One step of `LRUA`: a controller and a memory with least recently used access.

    Each step writes, then reads the updated memory. With `d = usage_decay`, per head:

    ```
    w^w = g w^r_{t-1} + (1 - g) w^lu_{t-1}      where it read last, or the least used slot
    M   = M_{t-1} (least used slot wiped) + w^w a
    w^r = softmax(beta cos(k, M));  r = w^r M
    w^u = d w^u_{t-1} + sum of w^r + sum of w^w
    ```

    The usage takes no part in the gradient. See `LRUA` for the arguments and the variants.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them.

    Example:

    >>> cell = LRUACell(32, memory_size=16, word_size=8, num_read_heads=2)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 2 * 8)
    True
    """

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=40,
        num_read_heads=4,
        controller="lstm",
        variant="default",
        usage_decay=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(
            units=units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
        )
        if num_read_heads > memory_size:
            raise ValueError(
                "Argument `num_read_heads` must be at most `memory_size`, so that each head has "
                f"a least used slot. Received: {num_read_heads} heads, {memory_size} slots."
            )
        check_choice("controller", controller, CONTROLLERS)
        check_choice("variant", variant, VARIANTS)
        if usage_decay is None:
            usage_decay = 0.99 if variant == "paper" else 0.95
        if not 0 <= usage_decay <= 1:
            raise ValueError(
                f"Argument `usage_decay` must lie between 0 and 1. Received: {usage_decay!r}."
            )
        self.units = units
        self.memory_size = memory_size
        self.word_size = word_size
        self.num_read_heads = num_read_heads
        self.controller = controller
        self.variant = variant
        self.usage_decay = usage_decay
        # Set by LRUA while it runs its loop, whose inputs come projected.
        self._weights_of_loop = None
        self.output_size = units + num_read_heads * word_size
        # Half precision would lose usage and similarity.
        half = self.compute_dtype in ("float16", "bfloat16")
        self.memory_dtype = "float32" if half else self.compute_dtype
        self.state_size = [
            self.output_size,
            *([units] if controller == "lstm" else []),
            memory_size * word_size,
            num_read_heads * memory_size,
            memory_size,
        ]

    def build(self, input_shape):
        gates = 4 if self.controller == "lstm" else 1
        self.kernel = self.add_weight(
            shape=(input_shape[-1], gates * self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        # The LSTM takes the whole previous output back, the feed-forward controller what was read.
        recurrent = self.output_size - (0 if self.controller == "lstm" else self.units)
        self.recurrent_kernel = self.add_weight(
            shape=(recurrent, gates * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(gates * self.units,), initializer=self._initial_bias, name="bias"
        )
        self.interface_sizes = self._interface_sizes()
        size = sum(self.interface_sizes.values())
        self.interface_kernel = self.add_weight(
            shape=(self.units, size), initializer="glorot_uniform", name="interface_kernel"
        )
        self.interface_bias = self.add_weight(
            shape=(size,), initializer="zeros", name="interface_bias"
        )

    def _initial_bias(self, shape, dtype=None):
        bias = ops.zeros(shape, dtype)
        if self.controller == "lstm":
            # The forget gate starts open.
            bias = ops.slice_update(bias, (self.units,), ops.ones(self.units, dtype))
        return bias

    def _interface_sizes(self):
        heads, words = self.num_read_heads, self.num_read_heads * self.word_size
        if self.variant == "paper":
            return {"keys": words, "write_gates": heads}
        return {"keys": words, "words": words, "strengths": heads, "write_gates": heads}

    def get_initial_state(self, batch_size=None):
        first_slot = ops.one_hot(0, self.memory_size, dtype=self.compute_dtype)

        def fill(size, value=0.0):
            return ops.full((batch_size, size), value, dtype=self.compute_dtype)

        return [
            fill(self.output_size),
            *([fill(self.units)] if self.controller == "lstm" else []),
            fill(self.memory_size * self.word_size, EMPTY),
            # All heads on one slot: uniform weights would leave every slot the same for ever.
            ops.broadcast_to(
                ops.tile(first_slot, self.num_read_heads),
                (batch_size, self.num_read_heads * self.memory_size),
            ),
            ops.broadcast_to(first_slot, (batch_size, self.memory_size)),
        ]

    def unpack(self, states):
        """Returns the `LRUAState` of a list of flat states."""
        output, *carry, memory, read_weights, usage = states
        slots, heads = self.memory_size, self.num_read_heads
        return LRUAState(
            output,
            carry[0] if carry else None,
            ops.cast(ops.reshape(memory, (-1, slots, self.word_size)), self.memory_dtype),
            ops.cast(ops.reshape(read_weights, (-1, heads, slots)), self.memory_dtype),
            ops.cast(usage, self.memory_dtype),
        )

    def pack(self, state):
        """Returns the list of flat states of an `LRUAState`."""
        tensors = [
            state.output,
            *([] if state.carry is None else [state.carry]),
            ops.reshape(state.memory, (-1, self.memory_size * self.word_size)),
            ops.reshape(state.read_weights, (-1, self.num_read_heads * self.memory_size)),
            state.usage,
        ]
        return [ops.cast(tensor, self.compute_dtype) for tensor in tensors]

    def project(self, inputs):
        """Returns the product of inputs with their weights, of any number of steps at once."""
        return ops.matmul(inputs, self.kernel) + self.bias

    @contextlib.contextmanager
    def in_loop(self):
        """Makes `call` take projected inputs, and use copies of the weights made now.

        A weight that is read inside TensorFlow's loop is saved for the gradient at every step.
        """
        weights = (self.recurrent_kernel, self.interface_kernel, self.interface_bias)
        self._weights_of_loop = tuple(ops.copy(weight) for weight in weights)
        try:
            yield
        finally:
            self._weights_of_loop = None

    def call(self, inputs, states, training=False):
        projected = self.project(inputs) if self._weights_of_loop is None else inputs
        state, _ = self.step(projected, self.unpack(states))
        states = self.pack(state)
        return states[0], states

    def step(self, projected, prev):
        """Returns the `LRUAState` after a step, and the write weights of the step.

        Args:
            projected: tensor of shape `(batch, gates * units)`, from `project`.
            prev: `LRUAState` of the step before.

        Returns:
            Tuple of an `LRUAState` and a tensor of shape `(batch, num_read_heads, memory_size)`.
        """
        recurrent_kernel, *interface_weights = self._weights_of_loop or (
            self.recurrent_kernel,
            self.interface_kernel,
            self.interface_bias,
        )
        hidden, carry = self._control(projected, prev, recurrent_kernel)
        interface = self._interface(hidden, *interface_weights)

        least_used = addressing.least_used_slots(prev.usage, self.num_read_heads)
        memory = memory_ops.erase_slots(prev.memory, least_used[:, 0])
        if self.variant == "paper":
            # One set of least used slots for all heads.
            least_used = ops.sum(least_used, axis=1, keepdims=True)
        gates = interface.write_gates
        write_weights = gates * prev.read_weights + (1.0 - gates) * least_used
        memory = memory_ops.add(memory, write_weights, interface.words)

        read_weights = addressing.content_weights(interface.keys, memory, interface.strengths)
        reads = memory_ops.read(memory, read_weights)
        usage = ops.stop_gradient(
            self.usage_decay * prev.usage
            + ops.sum(read_weights, axis=1)
            + ops.sum(write_weights, axis=1)
        )
        reads = ops.reshape(reads, (-1, self.num_read_heads * self.word_size))
        output = ops.concatenate([hidden, ops.cast(reads, hidden.dtype)], axis=-1)
        return LRUAState(output, carry, memory, read_weights, usage), write_weights

    def _control(self, projected, prev, recurrent_kernel):
        if self.controller == "lstm":
            gates = projected + ops.matmul(prev.output, recurrent_kernel)
            return controllers.lstm(gates, prev.carry)
        reads = prev.output[:, self.units :]
        return ops.tanh(projected + ops.matmul(reads, recurrent_kernel)), None

    def _interface(self, hidden, kernel, bias):
        raw = ops.matmul(hidden, kernel) + bias
        parts, start = {}, 0
        for name, size in self.interface_sizes.items():
            parts[name] = ops.cast(raw[:, start : start + size], self.memory_dtype)
            start += size
        shape = (-1, self.num_read_heads, self.word_size)
        keys = ops.reshape(ops.tanh(parts["keys"]), shape)
        gates = ops.sigmoid(parts["write_gates"])[:, :, None]
        if self.variant == "paper":
            # The key is also what is written.
            return Interface(keys, keys, None, gates)
        words = ops.reshape(ops.tanh(parts["words"]), shape)
        return Interface(
            keys, words, 1.0 + ops.softplus(parts["strengths"] + STRENGTH_OFFSET), gates
        )

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "controller": self.controller,
            "variant": self.variant,
            "usage_decay": self.usage_decay,
        }


@keras.saving.register_keras_serializable(package="mann")
class LRUA(keras.layers.RNN):
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
    state as it was.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. Defaults to `128`.
        word_size: width of a slot. Defaults to `40`.
        num_read_heads: number of heads, each of which reads and writes. Defaults to `4`.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        variant: `"default"` or `"paper"`. Defaults to `"default"`.
        usage_decay: how much of its usage a slot keeps from step to step, in [0, 1]. Defaults to
            `None`: 0.99 for `"paper"`, 0.95 otherwise.
        return_sequences: whether to return the outputs of all steps. Defaults to `False`.
        return_state: whether to return the states after the output. Defaults to `False`.
        go_backwards: whether to go from the last step to the first. Defaults to `False`.
        stateful: as in `keras.layers.RNN`. Defaults to `False`.
        unroll: whether to unroll the loop over time. Defaults to `False`.
        **kwargs: those of `keras.layers.RNN` and `keras.layers.Layer`, such as `name` and `dtype`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: list of states, as an earlier call returned them. Defaults to an empty
            memory.
        mask: boolean tensor of shape `(batch, time)`, `False` for steps to pass over.
        training: passed on to the cell.

    Output shape:
        `(batch, units + num_read_heads * word_size)`, with a time axis after the batch if
        `return_sequences`. With `return_state`, the states follow, each `(batch, size)`: output,
        carry (LSTM controller only), memory, read weights, usage.

    Raises:
        ValueError: if a size is not a positive integer, or a name is not known.

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
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        # One large product outside the loop instead of a small one in each step.
        projected = self.cell.project(sequences)
        with self.cell.in_loop():
            return super().call(
                projected, initial_state=initial_state, mask=mask, training=training
            )

    def reset_state(self):
        # Zeros, as Keras sets them, would be a memory without a first slot to look at.
        if self.states is not None:
            initial = self.get_initial_state(self.states[0].shape[0])
            for variable, value in zip(self.states, initial, strict=True):
                variable.assign(value)

    def trace(self, sequences):
        """Returns what the memory does at each step of some sequences.

        Args:
            sequences: array of shape `(batch, time, features)`.

        Returns:
            Dict of NumPy arrays: `write_weights` and `read_weights` of shape
            `(batch, time, num_read_heads, memory_size)`, `usage` of shape
            `(batch, time, memory_size)`.
        """
        if not self.built:
            self.build(sequences.shape)
        state = self.cell.unpack(self.cell.get_initial_state(len(sequences)))
        steps = {"write_weights": [], "read_weights": [], "usage": []}
        projected = self.cell.project(ops.cast(sequences, self.compute_dtype))
        for time in range(projected.shape[1]):
            state, write_weights = self.cell.step(projected[:, time], state)
            steps["write_weights"].append(write_weights)
            steps["read_weights"].append(state.read_weights)
            steps["usage"].append(state.usage)
        return {
            name: ops.convert_to_numpy(ops.stack(values, axis=1)) for name, values in steps.items()
        }

    def get_config(self):
        config = {**super().get_config(), **self.cell.get_config()}
        del config["cell"]
        return {**config, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
