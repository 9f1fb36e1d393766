"""EncodeSentences: each sentence of a story as one vector, in which the order of words counts."""

import keras
from keras import ops

from mann.layers.arguments import check_sizes
from mann.ops.sentences import embed, is_word


@keras.saving.register_keras_serializable(package="mann")
class EncodeSentences(keras.layers.Layer):
    """Turns each sentence into the sum of its words' vectors, each weighted by its position.

    Sentence s becomes `sum_j p_j o A x_sj`: A has a vector for each word, and p a vector for each
    position, both learned. A network after it then takes a sentence in one step.

    Args:
        vocabulary_size: number of words, with 0 for no word.
        units: size of the vectors.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        sentences: integer tensor `(batch, time, words)`, 0 after the last word of a sentence. The
            number of words is fixed once the layer is built.

    Output shape:
        `(batch, time, units)`; a sentence without words is zeros.

    Raises:
        ValueError: if a size is not a positive integer, or the number of words is not known.

    Reference: Henaff et al., "Tracking the World State with Recurrent Entity Networks", ICLR 2017,
    equation 1.

    Example:

    >>> layer = EncodeSentences(vocabulary_size=30, units=20)
    >>> layer(ops.ones((2, 7, 5), "int32")).shape == (2, 7, 20)
    True
    """

    def __init__(self, vocabulary_size, units, **kwargs):
        super().__init__(**kwargs)
        check_sizes(vocabulary_size=vocabulary_size, units=units)
        self.vocabulary_size = vocabulary_size
        self.units = units

    def build(self, input_shape):
        if len(input_shape) != 3 or input_shape[-1] is None:
            raise ValueError(
                "Argument `sentences` must have the shape (batch, time, words), with a number of "
                f"words that is known. Received: shape {tuple(input_shape)}."
            )
        self.table = self.add_weight(
            shape=(self.vocabulary_size, self.units),
            initializer=keras.initializers.RandomNormal(stddev=0.1),
            name="words",
        )
        # Positions that start alike would leave the order of words to be found later.
        self.positions = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer=keras.initializers.RandomNormal(mean=1.0, stddev=0.5),
            name="positions",
        )

    def call(self, sentences):
        mask = is_word(sentences, self.compute_dtype)
        positions = ops.cast(self.positions, self.compute_dtype)
        return embed(
            sentences,
            positions * mask[..., None],
            ops.cast(self.table, self.compute_dtype),
        )

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "units": self.units,
        }
