"""MemoryCell: the base of the cells of all memories, from the controller to the flat states."""

import math

import keras
import numpy as np
from keras import ops

from mann.layers.arguments import check_choice, check_number, check_sizes
from mann.layers.step_products import Products, Projected
from mann.ops import controllers
from mann.ops.arrays import tanh

CONTROLLERS = ("lstm", "feedforward")
ADDRESSINGS = ("soft", "hard")
# The states that belong to the controller; the others are the memory's.
OUTPUT, CARRY = "output", "carry"
# The content of an empty memory: almost zero, but enough to give its slots a direction.
EMPTY = 1e-6


class MemoryCell(keras.layers.Layer):
    """One step of a controller and its memory.

    Keras's `RNN` and `StackedRNNCells` leave the input's product and the weights' gradient to each
    step; a layer such as `mann.LRUA` takes both out of the loop: stack layers rather than cells.

    The controller takes the input and the output of the step before, which is its hidden state
    followed by the words that the heads read. One product of the hidden state with the interface
    kernel, and with `input_to_interface` one of the input too, makes all that the heads need.

    A subclass defines:

    - `State`, a NamedTuple of `output`, `carry` and the states of the memory, `carry` and only it
      with a default (`None`: a feed-forward controller has none);
    - `memory_shapes`, the shapes of those states, without the batch, in their order;
    - `interface_sizes()`, `initial_memory()` and `access()`.

    Args:
        units: positive integer, size of the controller's hidden state.
        read_size: number of values that the heads read in a step.
        memory_shapes: dict from the name of a state to its shape.
        controller: `"lstm"` or `"feedforward"`.
        forget_bias: initial bias of the forget gate of an LSTM controller.
        input_to_interface: whether the input reaches the heads past the controller.
        **kwargs: arguments of `keras.layers.Layer`.
    """

    State = None
    # Whether the heads read what the memory held before the step.
    reads_before_writing = False

    def __init__(
        self,
        units,
        read_size,
        memory_shapes,
        controller,
        forget_bias,
        input_to_interface,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(units=units)
        check_choice("controller", controller, CONTROLLERS)
        check_number("forget_bias", forget_bias)
        self.units = units
        self.controller = controller
        self.forget_bias = forget_bias
        self.input_to_interface = input_to_interface
        self.output_size = units + read_size
        carry = {CARRY: (units,)} if controller == "lstm" else {}
        self.state_shapes = {OUTPUT: (self.output_size,), **carry, **memory_shapes}
        self.state_size = [math.prod(shape) for shape in self.state_shapes.values()]
        # Keras keeps the states in the compute dtype; a step computes on them in float32 or more.
        half = self.compute_dtype in ("float16", "bfloat16")
        self.memory_dtype = "float32" if half else self.compute_dtype

    def interface_sizes(self):
        """Returns a dict of the name and size of each part of the interface, in order."""
        raise NotImplementedError

    def initial_memory(self):
        """Returns a dict of the states of an empty memory, each without the batch axis."""
        raise NotImplementedError

    def access(self, interface, prev):
        """Returns the memory after a step, the words read, and a trace.

        Args:
            interface: dict of tensors `(batch, size)`, as `interface_sizes` names them.
            prev: `State` of the step before.

        Returns:
            Tuple of `prev` with the memory's states replaced, the words that the heads read, of
            shape `(batch, num_read_heads, word_size)`, and a dict of tensors for a trace.
        """
        raise NotImplementedError

    def get_loop_kernel(self):
        """Returns a function that runs all steps as compiled code, or `None` if there is none.

        It takes a tuple of the inputs' products with all biases in them, a list of states in the
        shapes that the equations use, the kernels of `Products`, and a function of these that goes
        step by step; it returns the outputs of all steps and the last states.
        """
        return None

    def build(self, input_shape):
        gates = 4 if self.controller == "lstm" else 1
        self.kernel = self.add_weight(
            shape=(input_shape[-1], gates * self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        recurrent = self.select_fed_back(np.zeros((1, self.output_size))).shape[-1]
        self.recurrent_kernel = self.add_weight(
            shape=(recurrent, gates * self.units),
            initializer="orthogonal" if recurrent else "zeros",
            trainable=recurrent > 0,
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
        if self.input_to_interface:
            self.input_interface_kernel = self.add_weight(
                shape=(input_shape[-1], size),
                initializer="glorot_uniform",
                name="input_interface_kernel",
            )

    def _initial_bias(self, shape, dtype=None):
        bias = ops.zeros(shape, dtype)
        if self.controller == "lstm":
            forget = ops.full((self.units,), self.forget_bias, dtype)
            bias = ops.slice_update(bias, (self.units,), forget)
        return bias

    def get_initial_state(self, batch_size=None, **kwargs):
        # Keras passes the batch size alone; the others are arguments of `initial_memory`.
        states = self.initial_memory(**kwargs)
        for name in (OUTPUT, CARRY):
            if name in self.state_shapes:
                states[name] = ops.zeros(self.state_shapes[name])
        return [
            # Not broadcast: PyTorch cannot assign to rows that share their storage.
            ops.tile(
                ops.reshape(ops.cast(states[name], self.compute_dtype), (1, -1)), (batch_size, 1)
            )
            for name in self.state_shapes
        ]

    def name_states(self, states, flat=True):
        """Returns the `State` of a list of states, flat or in the shapes that equations use."""
        if flat:
            states = self.unflatten(states)
        fields = {}
        for name, state in zip(self.state_shapes, states, strict=True):
            dtype = self.compute_dtype if name in (OUTPUT, CARRY) else self.memory_dtype
            fields[name] = ops.cast(state, dtype)
        return self.State(**fields)

    def list_states(self, state, flat=True):
        """Returns the list of states of a `State`."""
        states = [ops.cast(getattr(state, name), self.compute_dtype) for name in self.state_shapes]
        return self.flatten(states) if flat else states

    def unflatten(self, states):
        """Returns a list of flat states in the shapes that the equations use."""
        shapes = self.state_shapes.values()
        return [ops.reshape(state, (-1, *s)) for s, state in zip(shapes, states, strict=True)]

    def flatten(self, states):
        """Returns a list of states flat, each `(batch, size)`."""
        return [ops.reshape(state, (-1, math.prod(ops.shape(state)[1:]))) for state in states]

    def project(self, inputs):
        """Returns the products of inputs with their weights, of any number of steps at once.

        They are one tensor, as Keras's loop needs it; `split_projected` splits it.
        """
        gates = inputs @ ops.cast(self.kernel, self.compute_dtype)
        gates = gates + ops.cast(self.bias, self.compute_dtype)
        if not self.input_to_interface:
            return gates
        kernel = ops.cast(self.input_interface_kernel, self.compute_dtype)
        return ops.concatenate([gates, inputs @ kernel], axis=-1)

    def split_projected(self, projected):
        """Returns the tensor of `project` as `Projected`."""
        if not self.input_to_interface:
            return Projected(projected)
        gates = self.kernel.shape[1]
        return Projected(projected[..., :gates], projected[..., gates:])

    def copy_step_weights(self):
        """Returns copies of the weights whose products every step takes, and of their bias.

        A weight that is read inside TensorFlow's loop is saved for the gradient at every step.
        """
        return tuple(
            ops.copy(ops.cast(weight, self.compute_dtype))
            for weight in (self.recurrent_kernel, self.interface_kernel, self.interface_bias)
        )

    def call(self, inputs, states, training=False):
        step = self.make_step(Products.of(*self.copy_step_weights()), flat=True)
        return step(self.split_projected(self.project(inputs)), states)

    def make_step(self, products, flat):
        """Returns a step as Keras's loops take it, of `Projected` inputs and a list of states.

        Args:
            products: `Products` with the weights.
            flat: whether states are flat, or in the shapes that the equations use. XLA does not
                vectorise writes to flat states.
        """

        def step(projected, states):
            state, _ = self.step(projected, self.name_states(states, flat), products)
            states = self.list_states(state, flat)
            return states[0], states

        return step

    def step(self, projected, prev, products):
        """Returns the `State` after a step, and a dict of tensors that trace the memory.

        Args:
            projected: `Projected` input.
            prev: `State` of the step before.
            products: `Products` with the weights.
        """
        gates = projected.gates + products.recurrent(self.select_fed_back(prev.output))
        if self.controller == "lstm":
            hidden, carry = controllers.lstm(gates, prev.carry)
        else:
            hidden, carry = tanh(gates), None
        raw = products.interface(hidden) + projected.interface
        state, reads, trace = self.access(self._slice(raw), prev)
        reads = ops.reshape(reads, (-1, self.output_size - self.units))
        output = ops.concatenate([hidden, ops.cast(reads, hidden.dtype)], axis=-1)
        return state._replace(output=output, carry=carry), trace

    def select_fed_back(self, output):
        """Returns the part of an output that is fed back: all of it, or only the words read."""
        return output if self.controller == "lstm" else output[..., self.units :]

    def _split(self, part, size):
        """Returns a part of the interface as `(batch, heads, size)`."""
        return ops.reshape(part, (-1, part.shape[-1] // size, size))

    def _slice(self, raw):
        parts, start = {}, 0
        for name, size in self.interface_sizes().items():
            parts[name] = ops.cast(raw[:, start : start + size], self.memory_dtype)
            start += size
        return parts

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "controller": self.controller,
            "forget_bias": self.forget_bias,
            "input_to_interface": self.input_to_interface,
        }
