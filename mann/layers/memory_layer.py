"""MemoryLayer: the base of the recurrent layers of all memories."""

import functools

import keras
from keras import ops
from keras.src import backend

from mann.layers import weight_gradients
from mann.layers.arguments import check_states
from mann.layers.step_products import Products, Projected


class RecurrentLayer(keras.layers.RNN):
    """A `keras.layers.RNN` whose loop may differ in training, rematerialised or not.

    Raises:
        ValueError: if it is called with initial states of another number or size than its cell's.
    """

    def __call__(self, sequences, *args, **kwargs):
        states = args[0] if args else kwargs.get("initial_state")
        if states is not None:
            # As states are flat, those of another size may pass for those of another batch.
            check_states(states, keras.tree.flatten(self.cell.state_size), sequences.shape[0])
        return super().__call__(sequences, *args, **kwargs)

    def rematerialized_call(self, layer_call, *args, **kwargs):
        recomputed = super().rematerialized_call

        def call(*args, training=False, **kwargs):
            # JAX would trace the flag with the arrays.
            flagged = functools.partial(layer_call, training=training)
            return recomputed(flagged, *args, **kwargs)(*args, **kwargs)

        return call


class MemoryLayer(RecurrentLayer):
    """A `keras.layers.RNN` over a `MemoryCell`, whose config holds the cell's arguments.

    Args:
        cell: a `MemoryCell`.
        **kwargs: arguments of `keras.layers.RNN`.

    Attributes:
        infers_as_kernel: whether compiled code runs the loop outside training too, where it can. A
            model that was traced so cannot be exported. `False` at first.
    """

    infers_as_kernel = False

    def __init__(self, cell, **kwargs):
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        # One large product outside the loop instead of a small one in each step.
        projected = self.cell.project(sequences)
        return super().call(projected, initial_state=initial_state, mask=mask, training=training)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if self.stateful:
            # On PyTorch, later assignments to the states must not change the gradient of this call.
            initial_state = [ops.copy(state) for state in initial_state]
        run = self._run_plain
        if (training or self.infers_as_kernel) and mask is None and self.runs_as_kernel():
            run = self._run_kernel
        elif training and self._outputs_are_those_fed_back(mask):
            run = weight_gradients.take_weights_outside(
                self._run, run, self.cell, self.go_backwards
            )
        return run(sequences, initial_state, self.cell.copy_step_weights(), mask)

    def _run_plain(self, projected, states, weights, mask):
        """Runs the loop, its gradient left to the framework."""
        inputs = self.cell.split_projected(projected)
        if not self.cell.input_to_interface:
            nothing = ops.zeros((*ops.shape(projected)[:2], 1), projected.dtype)
            inputs = inputs._replace(interface=nothing)
        return self._run(inputs, states, Products.of(*weights), mask)

    def _run(self, inputs, states, products, mask, **kwargs):
        # Keras's loops can mask only flat states on all backends.
        flat = mask is not None
        last, outputs, states = backend.rnn(
            self.cell.make_step(products, flat),
            inputs,
            states if flat else self.cell.unflatten(states),
            mask=mask,
            unroll=self.unroll,
            input_length=inputs.shape[1],
            zero_output_for_mask=self.zero_output_for_mask,
            **{
                "go_backwards": self.go_backwards,
                "return_all_outputs": self.return_sequences,
                **kwargs,
            },
        )
        return last, outputs, states if flat else self.cell.flatten(states)

    def runs_as_kernel(self):
        """Returns whether compiled code can run the steps of sequences without a mask."""
        return not self.unroll and self.cell.get_loop_kernel() is not None

    def _run_kernel(self, projected, states, weights, mask):
        """Runs the loop as compiled code, which has a gradient of its own."""
        recurrent_kernel, interface_kernel, interface_bias = weights
        gates, interface = self.cell.split_projected(projected)
        shape = (*ops.shape(projected)[:2], interface_bias.shape[0])
        inputs = gates, ops.broadcast_to(interface_bias, shape) + interface
        if self.go_backwards:
            inputs = tuple(ops.flip(sequences, axis=1) for sequences in inputs)

        def plain(inputs, states, kernels):
            _, outputs, states = self._run(
                Projected(*inputs),
                self.cell.flatten(states),
                Products.of(*kernels),
                mask,
                go_backwards=False,
                return_all_outputs=True,
            )
            return outputs, self.cell.unflatten(states)

        outputs, states = self.cell.get_loop_kernel()(
            inputs, self.cell.unflatten(states), (recurrent_kernel, interface_kernel), plain
        )
        return outputs[:, -1], outputs, self.cell.flatten(states)

    def _outputs_are_those_fed_back(self, mask):
        # TensorFlow's loop and unrolled ones may keep only the last output, and zeroed outputs are
        # not those fed back.
        all_kept = self.return_sequences or keras.backend.backend() == "jax"
        zeroed = self.zero_output_for_mask and mask is not None
        return all_kept and not self.unroll and not zeroed

    def reset_state(self):
        # Keras would set zeros: a memory whose heads have no first slot.
        if self.states is not None:
            initial = self.get_initial_state(self.states[0].shape[0])
            for variable, value in zip(self.states, initial, strict=True):
                variable.assign(value)

    def get_empty_state(self, batch, steps):
        """Returns the states to begin some steps with, whose slots may be only those they reach."""
        return self.cell.get_initial_state(batch)

    def trace(self, sequences):
        """Returns the activity of the memory at each step of some sequences.

        Args:
            sequences: array of shape `(batch, time, features)`.

        Returns:
            Dict of NumPy arrays, each `(batch, time, ...)`, in the order in which the layer goes;
            the layer's description names them.
        """
        if not self.built:
            self.build(sequences.shape)
        if self.go_backwards:
            sequences = sequences[:, ::-1]
        state = self.cell.name_states(self.get_empty_state(*sequences.shape[:2]))
        projected = self.cell.project(ops.cast(sequences, self.compute_dtype))
        products = Products.of(*self.cell.copy_step_weights())
        steps = []
        for time in range(projected.shape[1]):
            state, trace = self.cell.step(
                self.cell.split_projected(projected[:, time]), state, products
            )
            steps.append(trace)
        return {
            name: ops.convert_to_numpy(ops.stack([step[name] for step in steps], axis=1))
            for name in steps[0]
        }

    def get_config(self):
        config = {**super().get_config(), **self.cell.get_config()}
        del config["cell"]
        return {**config, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
