"""MemoryCell: what the cells of all memories share, from the controller to the flat states."""

import contextlib
import math

import keras
from keras import ops

from mann.layers.arguments import check_choice, check_sizes
from mann.ops import controllers

CONTROLLERS = ("lstm", "feedforward")
# The states that belong to the controller; the others are the memory's.
OUTPUT, CARRY = "output", "carry"


class MemoryCell(keras.layers.Layer):
    """One step of a controller and its memory.

    The controller takes the input and the output of the step before, which is its hidden state
    followed by what the heads read. One product of the hidden state with the interface kernel
    makes everything the heads need.

    A memory says what it is by:

    - `State`, a NamedTuple of `output`, `carry` and the states of the memory, `carry` and only it
      with a default (`None`: a feed-forward controller has none);
    - `memory_shapes`, the shapes of those states, without the batch, in their order;
    - `interface_sizes()`, `initial_memory()` and `access()`.

    Args:
        units: positive integer, size of the controller's hidden state.
        read_size: numbers that the heads read in a step.
        memory_shapes: dict of a state's name and shape.
        controller: `"lstm"` or `"feedforward"`.
        **kwargs: those of `keras.layers.Layer`.
    """

    State = None

    def __init__(self, units, read_size, memory_shapes, controller, **kwargs):
        super().__init__(**kwargs)
        check_sizes(units=units)
        check_choice("controller", controller, CONTROLLERS)
        self.units = units
        self.controller = controller
        self.output_size = units + read_size
        carry = {CARRY: (units,)} if controller == "lstm" else {}
        self.state_shapes = {OUTPUT: (self.output_size,), **carry, **memory_shapes}
        self.state_size = [math.prod(shape) for shape in self.state_shapes.values()]
        # Keras keeps the states in the compute dtype; a step computes on them in float32 or more.
        half = self.compute_dtype in ("float16", "bfloat16")
        self.memory_dtype = "float32" if half else self.compute_dtype
        # Set while a layer runs its loop, whose inputs come projected.
        self._weights_of_loop = None

    def interface_sizes(self):
        """Returns a dict of the name and size of each part of the interface, in order."""
        raise NotImplementedError

    def initial_memory(self):
        """Returns a dict of the states of an empty memory, each without the batch axis."""
        raise NotImplementedError

    def access(self, interface, prev):
        """Returns the memory after a step, and what it did.

        Args:
            interface: dict of tensors `(batch, size)`, as `interface_sizes` names them.
            prev: `State` of the step before.

        Returns:
            Tuple of `prev` with the memory's states replaced, what the heads read, of shape
            `(batch, num_read_heads, word_size)`, and a dict of tensors for a trace.
        """
        raise NotImplementedError

    def build(self, input_shape):
        gates = 4 if self.controller == "lstm" else 1
        self.kernel = self.add_weight(
            shape=(input_shape[-1], gates * self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        recurrent = self.output_size - (0 if self.controller == "lstm" else self.units)
        self.recurrent_kernel = self.add_weight(
            shape=(recurrent, gates * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(gates * self.units,), initializer=self._initial_bias, name="bias"
        )
        size = sum(self.interface_sizes().values())
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

    def get_initial_state(self, batch_size=None):
        states = self.initial_memory()
        for name in (OUTPUT, CARRY):
            if name in self.state_shapes:
                states[name] = ops.zeros(self.state_shapes[name])
        return [
            ops.broadcast_to(
                ops.reshape(ops.cast(states[name], self.compute_dtype), (1, size)),
                (batch_size, size),
            )
            for name, size in zip(self.state_shapes, self.state_size, strict=True)
        ]

    def unpack(self, states):
        """Returns the `State` of a list of flat states."""
        fields = {}
        for (name, shape), state in zip(self.state_shapes.items(), states, strict=True):
            dtype = self.compute_dtype if name in (OUTPUT, CARRY) else self.memory_dtype
            fields[name] = ops.cast(ops.reshape(state, (-1, *shape)), dtype)
        return self.State(**fields)

    def pack(self, state):
        """Returns the list of flat states of a `State`."""
        return [
            ops.cast(ops.reshape(getattr(state, name), (-1, size)), self.compute_dtype)
            for name, size in zip(self.state_shapes, self.state_size, strict=True)
        ]

    def project(self, inputs):
        """Returns the product of inputs with their weights, of any number of steps at once."""
        kernel, bias = (ops.cast(weight, self.compute_dtype) for weight in (self.kernel, self.bias))
        return ops.matmul(inputs, kernel) + bias

    def weights_of_step(self):
        """Returns copies of the weights whose products every step takes, and of their bias."""
        return tuple(
            ops.copy(ops.cast(weight, self.compute_dtype))
            for weight in (self.recurrent_kernel, self.interface_kernel, self.interface_bias)
        )

    @contextlib.contextmanager
    def in_loop(self, weights):
        """Makes `call` take projected inputs, and these copies of the weights.

        A weight that is read inside TensorFlow's loop is saved for the gradient at every step.
        """
        self._weights_of_loop = weights
        try:
            yield
        finally:
            self._weights_of_loop = None

    def call(self, inputs, states, training=False):
        weights = self._weights_of_loop
        if weights is None:
            inputs, weights = self.project(inputs), self.weights_of_step()
        state, _ = self.step(inputs, self.unpack(states), weights)
        states = self.pack(state)
        return states[0], states

    def step(self, projected, prev, weights):
        """Returns the `State` after a step, and a dict of tensors that tell what the memory did.

        Args:
            projected: tensor of shape `(batch, gates * units)`, from `project`; what follows, if
                it is wider, is added to the interface.
            prev: `State` of the step before.
            weights: those of `weights_of_step`.
        """
        recurrent_kernel, interface_kernel, interface_bias = weights
        size = recurrent_kernel.shape[-1]
        gates = projected[:, :size] + ops.matmul(self.fed_back(prev.output), recurrent_kernel)
        if self.controller == "lstm":
            hidden, carry = controllers.lstm(gates, prev.carry)
        else:
            hidden, carry = ops.tanh(gates), None
        raw = ops.matmul(hidden, interface_kernel) + interface_bias
        if projected.shape[-1] > size:
            raw = raw + projected[:, size:]
        state, reads, trace = self.access(self._slice(raw), prev)
        reads = ops.reshape(reads, (-1, self.output_size - self.units))
        output = ops.concatenate([hidden, ops.cast(reads, hidden.dtype)], axis=-1)
        return state._replace(output=output, carry=carry), trace

    def fed_back(self, output):
        """Returns what of an output the controller takes back: all of it, or what was read."""
        return output if self.controller == "lstm" else output[..., self.units :]

    def _slice(self, raw):
        parts, start = {}, 0
        for name, size in self.interface_sizes().items():
            parts[name] = ops.cast(raw[:, start : start + size], self.memory_dtype)
            start += size
        return parts

    def get_config(self):
        return {**super().get_config(), "units": self.units, "controller": self.controller}
