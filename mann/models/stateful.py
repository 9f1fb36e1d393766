"""StatefulModel: a sequence model that takes and returns its states, to stop and continue."""

from functools import partial

import keras
import numpy as np

from mann.layers.carry_state import CarryState
from mann.layers.encode_images import RepeatPrevious
from mann.layers.memory_layer import MemoryLayer
from mann.models import compiling


class StatefulModel:
    """Runs a sequence model from given states, and returns the states after it.

    Args:
        model: functional model from `(batch, time, features)`, or from `(batch, time)` of ids, to
            `(batch, time, ...)`. Its layers with a state are `keras.layers.RNN`, `CarryState` or
            `RepeatPrevious`, perhaps in a `keras.Sequential`. Layers of `CarryState` are shared,
            those of `keras.layers.RNN` copied.
        unroll: whether the layers that are copied go through the steps without a loop. Defaults to
            `False`.

    Raises:
        ValueError: if a layer is a model or a wrapper whose states cannot be found, or returns
            only its last output.

    Example:

    >>> inputs = keras.Input((None, 3))
    >>> x = keras.layers.LSTM(4, return_sequences=True)(inputs)
    >>> stateful = StatefulModel(keras.Model(inputs, x))
    >>> first, states = stateful.run(np.ones((2, 5, 3)))
    >>> last, _ = stateful.run(np.ones((2, 1, 3)), states)
    >>> first.shape, last.shape
    ((2, 5, 4), (2, 1, 4))
    """

    def __init__(self, model, unroll=False):
        sequences, *others = model.inputs
        inputs = keras.Input((None, *sequences.shape[2:]), dtype=sequences.dtype)
        others = [keras.Input(other.shape[1:], dtype=other.dtype) for other in others]
        starts, ends, self._initial, self._memories = [], [], [], []

        def call(layer, x, *args, **kwargs):
            if isinstance(layer, keras.Sequential):
                for part in layer.layers:
                    x = call(part, x)
                return x
            if isinstance(layer, RepeatPrevious):
                start = keras.Input((layer.num_features,))
                starts.append(start)
                ends.append(x[:, -1, : layer.num_features])
                self._initial.append(partial(_make_zeros, layer.num_features))
                return layer(x, previous=start)
            if isinstance(layer, (keras.layers.RNN, CarryState)):
                layer = _return_states(layer, x.shape, unroll)
                begin = [keras.Input(state.shape[1:]) for state in layer.get_initial_state(1)]
                x, *end = layer(x, initial_state=begin)
                if isinstance(layer, MemoryLayer):
                    place = slice(len(starts), len(starts) + len(begin))
                    self._memories.append((layer.cell, place))
                starts.extend(begin)
                ends.extend(end)
                self._initial.append(layer.get_initial_state)
                return x
            if isinstance(layer, (keras.Model, keras.layers.Wrapper, keras.layers.Bidirectional)):
                raise ValueError(
                    f"Layer {layer.name!r} may have states that cannot be found: only a "
                    "keras.Sequential may be nested, and recurrent layers must not be wrapped."
                )
            return layer(x, *args, **kwargs)

        # What keras.models.clone_model does, which allows of no further inputs.
        outputs = keras.Model(model.inputs, model.output)._run_through_graph(
            [inputs, *others], operation_fn=lambda layer: layer, call_fn=call
        )
        self.model = keras.Model([inputs, *starts], [outputs, *ends])
        self.model.compile(jit_compile=compiling.choose_jit_compile())

    def run(self, sequences, states=None):
        """Returns the outputs of each step, and the states after the last, all as NumPy arrays.

        Args:
            sequences: array `(batch, time, features)`, or `(batch, time)` of ids.
            states: list of states `(batch, ...)` that an earlier call returned. Defaults to `None`:
                the initial states.
        """
        if states is None:
            states = self._initial_states(len(sequences))
        # Keras returns the outputs alone, not in a list, if there are no states.
        outputs, *states = keras.tree.flatten(self.model.predict_on_batch([sequences, *states]))
        return np.array(outputs), [np.asarray(state) for state in states]

    def apply(self, sequences, states=None):
        """Returns what `run` returns, as tensors in the graph of a larger model.

        Args:
            sequences: tensor, as `run` takes it.
            states: list of tensors `(batch, ...)`. Defaults to `None`: the initial states.
        """
        if states is None:
            batch_size = keras.ops.shape(sequences)[0]
            states = [state for initial in self._initial for state in initial(batch_size)]
            states = [keras.ops.convert_to_tensor(state) for state in states]
        outputs, *states = keras.tree.flatten(self.model([sequences, *states]))
        return outputs, states

    def name_memories(self, states):
        """Returns the state of each memory layer with its parts named, such as `LRUAState`.

        Args:
            states: as `run` returns them.
        """
        return [cell.name_states(states[place]) for cell, place in self._memories]

    def restart(self, states, rows):
        """Returns states in which some rows are reset to the initial states.

        Args:
            states: as `run` takes them, or `None`.
            rows: boolean array `(batch,)`, which rows to reset.
        """
        if states is None or not rows.any():
            return states
        return [
            np.where(rows[:, None], initial, state)
            for initial, state in zip(self._initial_states(len(rows)), states, strict=True)
        ]

    def _initial_states(self, batch_size):
        states = [state for initial in self._initial for state in initial(batch_size)]
        return [keras.ops.convert_to_numpy(state) for state in states]


def _make_zeros(num_features, batch_size):
    return [np.zeros((batch_size, num_features), np.float32)]


def _return_states(layer, input_shape, unroll):
    """Returns the layer that a `CarryState` wraps, or a copy of a layer that returns its states."""
    if isinstance(layer, CarryState):
        return layer.layer
    if not layer.return_sequences:
        raise ValueError(
            f"Layer {layer.name!r} must return the outputs of all steps: build it with "
            "return_sequences=True."
        )
    copy = layer.from_config({**layer.get_config(), "return_state": True, "unroll": unroll})
    copy.build(input_shape)
    copy.set_weights(layer.get_weights())
    return copy
