"""A sequence model with its states in the open: shown a support set once, then asked many times."""

import keras
import numpy as np

from mann.layers.encode_images import RepeatPrevious


class StatefulModel:
    """Runs a model of sequences from any state on.

    Args:
        model: functional model from `(batch, time, features)` to `(batch, time, ...)`, a chain of
            layers, one after the other, in which those that look beyond a step are
            `keras.layers.RNN` or `RepeatPrevious`; a `keras.Sequential` among them is a chain too.

    Raises:
        ValueError: if a layer is a model or a wrapper whose states cannot be found, or returns
            its last output alone.

    Example:

    >>> inputs = keras.Input((None, 3))
    >>> x = keras.layers.LSTM(4, return_sequences=True)(inputs)
    >>> stateful = StatefulModel(keras.Model(inputs, x))
    >>> first, states = stateful.run(np.ones((2, 5, 3)))
    >>> last, _ = stateful.run(np.ones((2, 1, 3)), states)
    >>> first.shape, last.shape
    ((2, 5, 4), (2, 1, 4))
    """

    def __init__(self, model):
        x = inputs = keras.Input((None, *model.input_shape[2:]))
        starts, ends, self._initial = [], [], []
        for layer in _chain(model):
            if isinstance(layer, RepeatPrevious):
                start = keras.Input((layer.num_features,))
                end = x[:, -1, : layer.num_features]
                x = layer(x, previous=start)
                starts, ends = [*starts, start], [*ends, end]
                self._initial.append(np.zeros((1, layer.num_features), np.float32))
            elif isinstance(layer, keras.layers.RNN):
                layer = _with_states(layer, x.shape)
                initial = [
                    keras.ops.convert_to_numpy(state) for state in layer.get_initial_state(1)
                ]
                begin = [keras.Input(state.shape[1:]) for state in initial]
                x, *end = layer(x, initial_state=begin)
                starts, ends = [*starts, *begin], [*ends, *end]
                self._initial += initial
            else:
                x = layer(x)
        self._model = keras.Model([inputs, *starts], [x, *ends])
        self._model.compile(jit_compile=True)

    def run(self, sequences, states=None):
        """Returns the outputs of each step, and the states after the last, all as NumPy arrays.

        Args:
            sequences: array `(batch, time, features)`.
            states: what an earlier call returned, `(batch, ...)` each. Defaults to `None`: those
                of a model that has seen nothing.
        """
        if states is None:
            states = [np.repeat(state, len(sequences), axis=0) for state in self._initial]
        outputs, *states = self._model.predict_on_batch([sequences, *states])
        return np.asarray(outputs), [np.asarray(state) for state in states]


def _chain(model):
    layers = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if isinstance(layer, keras.Sequential):
            layers += _chain(layer)
        elif isinstance(layer, (keras.Model, keras.layers.Wrapper, keras.layers.Bidirectional)):
            raise ValueError(
                f"Layer {layer.name!r} may have states that cannot be found: only a "
                "keras.Sequential may be nested, and recurrent layers not be wrapped."
            )
        else:
            layers.append(layer)
    return layers


def _with_states(layer, input_shape):
    """Returns a copy of a recurrent layer that returns its states too."""
    if not layer.return_sequences:
        raise ValueError(f"Layer {layer.name!r} must return the outputs of all steps.")
    copy = layer.from_config({**layer.get_config(), "return_state": True})
    copy.build(input_shape)
    copy.set_weights(layer.get_weights())
    return copy
