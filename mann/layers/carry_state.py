"""CarryState: carries the state of a recurrent layer from one training batch to the next."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class CarryState(keras.layers.Wrapper):
    """Carries the state of a recurrent layer from one training batch to the next.

    For truncated back-propagation through a long sequence that is read chunk by chunk: the state,
    with the whole memory, is carried over; gradients stay within a chunk. The state is a weight
    that is not trained, so that checkpoints hold it and a resumed run continues it, on every
    backend. (The `stateful=True` of Keras is not saved, and on JAX has no effect in `fit`.)

    Outside training the layer starts from its initial state and leaves the carried one alone.

    Args:
        layer: a `keras.layers.RNN`, an LSTM or a memory of this package, with
            `return_sequences=True` and `return_state=True`.
        batch_size: number of rows of a training batch.
        **kwargs: arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        inputs: array `(batch, time, features)`, chunk after chunk of each row.
        restart: boolean array `(batch,)`, the rows that start from the initial state instead. Give
            `True` at the first batch.
        training: whether to carry the state over.

    Returns:
        The outputs of all steps, `(batch, time, units)`.

    Raises:
        ValueError: if `layer` or `batch_size` cannot be used, or a training batch has another size.

    Example:

    >>> layer = keras.layers.LSTM(4, return_sequences=True, return_state=True)
    >>> carried = CarryState(layer, batch_size=2)
    >>> x = keras.random.uniform((2, 6, 3))
    >>> first = carried(x[:, :2], ops.array([True, True]), training=True)
    >>> last = carried(x[:, 2:], ops.array([False, False]), training=True)
    >>> whole = carried(x, ops.array([True, True]))
    >>> bool(ops.all(ops.abs(ops.concatenate([first, last], axis=1) - whole) < 1e-5))
    True
    """

    def __init__(self, layer, batch_size, **kwargs):
        if not isinstance(layer, keras.layers.RNN):
            raise ValueError(
                "Argument `layer` must be a keras.layers.RNN, which has a state to carry. "
                f"Received: {layer}."
            )
        if not (layer.return_sequences and layer.return_state):
            raise ValueError(
                "Argument `layer` must be made with return_sequences=True and return_state=True. "
                f"Received: {layer.return_sequences} and {layer.return_state}."
            )
        if batch_size < 1:
            raise ValueError(f"Argument `batch_size` must be 1 or more. Received: {batch_size}.")
        super().__init__(layer, **kwargs)
        self.batch_size = batch_size

    def build(self, inputs_shape, restart_shape=None):
        super().build(inputs_shape)
        self.states = [
            self.add_weight(
                shape=(self.batch_size, state.shape[1]),
                initializer="zeros",
                trainable=False,
                name=f"state_{i}",
            )
            for i, state in enumerate(self.layer.get_initial_state(1))
        ]

    def call(self, inputs, restart, training=False):
        if not training:
            return self.layer(inputs)[0]
        if inputs.shape[0] not in (None, self.batch_size):
            raise ValueError(
                "A training batch must have as many rows as this layer's `batch_size` says, "
                f"{self.batch_size}. Received: {inputs.shape[0]}."
            )
        initial = self.layer.get_initial_state(self.batch_size)
        begin = [
            ops.where(restart[:, None], state, ops.cast(carried, state.dtype))
            for state, carried in zip(initial, self.states, strict=True)
        ]
        outputs, *end = self.layer(inputs, initial_state=begin, training=True)
        for carried, state in zip(self.states, end, strict=True):
            carried.assign(ops.cast(ops.stop_gradient(state), carried.dtype))
        return outputs

    def compute_output_shape(self, inputs_shape, restart_shape=None):
        return self.layer.compute_output_shape(inputs_shape)[0]

    def get_config(self):
        return {**super().get_config(), "batch_size": self.batch_size}
