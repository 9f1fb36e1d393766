"""MemoryLayer: what the recurrent layers of all memories share."""

import functools

import keras
from keras import ops

from mann.layers import weight_gradients
from mann.layers.memory_cell import Products, Projected


class MemoryLayer(keras.layers.RNN):
    """A `keras.layers.RNN` over a `MemoryCell`, whose config holds the cell's arguments.

    Args:
        cell: a `MemoryCell`.
        **kwargs: those of `keras.layers.RNN`.
    """

    def __init__(self, cell, **kwargs):
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        # One large product outside the loop instead of a small one in each step.
        projected = self.cell.project(sequences)
        return super().call(projected, initial_state=initial_state, mask=mask, training=training)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        loop_of_keras = super().inner_loop
        # Keras's loops mask flat states alone on every backend.
        flat = mask is not None

        def loop(sequences, states, products, mask):
            if not flat:
                states = self.cell.unflatten(states)
            with self.cell.in_loop(products, flat):
                last, outputs, states = loop_of_keras(sequences, states, mask, training)
            return last, outputs, states if flat else self.cell.flatten(states)

        weights = self.cell.weights_of_step()
        if self._outputs_are_those_fed_back(mask):
            fused = self.cell.fused_loop() if training and mask is None else None
            if fused:
                loop = functools.partial(self._run_fused, fused)
            loop = weight_gradients.taken_outside(loop, self.cell, self.go_backwards)
            return loop(sequences, initial_state, weights, mask)
        inputs = self.cell.as_projected(sequences)
        if not self.cell.input_to_interface:
            nothing = ops.zeros((*ops.shape(sequences)[:2], 1), sequences.dtype)
            inputs = inputs._replace(interface=nothing)
        return loop(inputs, initial_state, Products.of(weights), mask)

    def _run_fused(self, fused, inputs, states, products, mask):
        if self.go_backwards:
            inputs = Projected(*(sequences[:, ::-1] for sequences in inputs))
        outputs, states = fused(inputs, self.cell.unflatten(states), products.kernels)
        return outputs[:, -1], outputs, self.cell.flatten(states)

    def _outputs_are_those_fed_back(self, mask):
        # An unrolled loop may keep its last output alone, as does TensorFlow's, and zeroed ones
        # were not fed back.
        all_kept = self.return_sequences or keras.backend.backend() == "jax"
        zeroed = self.zero_output_for_mask and mask is not None
        return all_kept and not self.unroll and not zeroed

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
            Dict of NumPy arrays, each `(batch, time, ...)`, in the order in which the layer goes;
            the layer's description names them.
        """
        if not self.built:
            self.build(sequences.shape)
        if self.go_backwards:
            sequences = sequences[:, ::-1]
        state = self.cell.name_states(self.cell.get_initial_state(len(sequences)))
        projected = self.cell.project(ops.cast(sequences, self.compute_dtype))
        products = Products.of(self.cell.weights_of_step())
        steps = []
        for time in range(projected.shape[1]):
            state, trace = self.cell.step(
                self.cell.as_projected(projected[:, time]), state, products
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
