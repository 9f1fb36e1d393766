"""FeedBackCell: a recurrent cell whose own answer can be part of its next input."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class FeedBackCell(keras.layers.Wrapper):
    """Answers with symbols at each step, and is shown its last answer where the inputs say so.

    The first input feature is a flag. Where it is 1, the likeliest symbols of the step before,
    one-hot, are added to the features that follow it; give zeros there. No gradient flows through
    an answer fed back.

    Args:
        cell: recurrent cell, such as `keras.layers.LSTMCell` or `mann.DNCCell`.
        symbols: tuple `(length, alphabet)`, how many symbols a step answers with, and how many
            there are.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: array `(batch, features)`: the flag, the features of an answer, and others.
        states: the logits of the step before, `(batch, length * alphabet)`, then those of `cell`.

    Returns:
        Logits `(batch, length * alphabet)`, and the states.

    Example:

    >>> cell = FeedBackCell(keras.layers.LSTMCell(8), symbols=(2, 3))
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.zeros((4, 5, 1 + 2 * 3))).shape[-1]
    6
    """

    def __init__(self, cell, symbols, **kwargs):
        super().__init__(cell, **kwargs)
        self.symbols = tuple(symbols)
        self.output_size = math.prod(self.symbols)
        self.state_size = [self.output_size, *keras.tree.flatten(cell.state_size)]
        self.logits = keras.layers.Dense(self.output_size, name="logits")

    def build(self, input_shape):
        super().build((input_shape[0], input_shape[-1] - 1))
        self.logits.build((input_shape[0], self.layer.output_size))

    def get_initial_state(self, batch_size=None):
        logits = ops.zeros((batch_size, self.output_size), self.compute_dtype)
        return [logits, *keras.tree.flatten(self.layer.get_initial_state(batch_size))]

    def call(self, inputs, states, training=False):
        shown, others = inputs[:, 1 : 1 + self.output_size], inputs[:, 1 + self.output_size :]
        shown = shown + inputs[:, :1] * self._answer(states[0])
        x = ops.concatenate([shown, others], axis=-1)
        own = keras.tree.pack_sequence_as(self.layer.state_size, states[1:])
        output, own = self.layer(x, own, training=training)
        logits = self.logits(output)
        return logits, [logits, *keras.tree.flatten(own)]

    def _answer(self, logits):
        length, alphabet = self.symbols
        likeliest = ops.argmax(ops.reshape(logits, (-1, length, alphabet)), axis=-1)
        return ops.reshape(
            ops.one_hot(likeliest, alphabet, dtype=logits.dtype), (-1, self.output_size)
        )

    def get_config(self):
        return {**super().get_config(), "symbols": self.symbols}
