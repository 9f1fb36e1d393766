"""MemoryNetwork: answers a question by several hops of attention over a story."""

import keras
from keras import ops

from mann.layers.arguments import check_choice, check_sizes
from mann.ops.sentences import attend, embed, is_word, position_weights

TYINGS = ("adjacent", "layer_wise")
ENCODINGS = ("position", "bag_of_words")


@keras.saving.register_keras_serializable(package="mann")
class MemoryNetwork(keras.layers.Layer):
    """An end-to-end memory network: K hops of attention over sentences.

    Sentence i is in memory as `m_i = sum_j l_j o A x_ij + T_A(i)`, and is read as
    `c_i = sum_j l_j o C x_ij + T_C(i)`. From `u = sum_j l_j o B q_j` on, a hop reads
    `o = sum_i softmax(u . m_i) c_i`, and the next one starts from `u + o`, or `H u + o` if tied
    layer-wise; the last is answered by `W`.

    Args:
        vocabulary_size: number of words, with 0 for no word; also of answers.
        units: size d of the vectors.
        memory_size: largest number of sentences of a story.
        num_hops: K, the number of hops. Defaults to `3`.
        tying: `"adjacent"` (a hop finds sentences by what the hop before reads; `B = A^1`,
            `W^T = C^K`) or `"layer_wise"` (all hops share A, C and H; B and W are their own).
            Defaults to `"adjacent"`.
        encoding: encoding of a sentence: `"position"` (the order of its words counts) or
            `"bag_of_words"`. Defaults to `"position"`.
        mask_empty: whether empty memories get no attention. If not, each takes the share of a
            score of 0 and is read as zeros, as in the authors' program; a hop can then attend to
            no sentence. Defaults to `True`.
        linear_start: number of training batches at the beginning without the softmax of the hops.
            Defaults to `0`.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        stories: integer tensor `(batch, sentences, words)`, the most recent sentence first, 0 after
            its last word. A memory without words is empty, wherever it stands.
        questions: integer tensor `(batch, words)`.
        return_attention_scores: whether to return the attention too. Defaults to `False`.
        training: whether this batch counts for `linear_start`. Defaults to `False`.

    Output shape:
        Logits `(batch, vocabulary_size)`; with `return_attention_scores` also the attention
        `(batch, num_hops, sentences)`.

    Raises:
        ValueError: if an argument is out of range, or a story has more than `memory_size`
            sentences.

    Reference: Sukhbaatar et al., "End-To-End Memory Networks", NeurIPS 2015.

    Example:

    >>> layer = MemoryNetwork(vocabulary_size=30, units=20, memory_size=10)
    >>> stories, questions = ops.ones((2, 10, 6), "int32"), ops.ones((2, 4), "int32")
    >>> logits, attention = layer(stories, questions, return_attention_scores=True)
    >>> logits.shape == (2, 30), attention.shape == (2, 3, 10)
    (True, True)
    """

    def __init__(
        self,
        vocabulary_size,
        units,
        memory_size,
        num_hops=3,
        tying="adjacent",
        encoding="position",
        mask_empty=True,
        linear_start=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(
            vocabulary_size=vocabulary_size,
            units=units,
            memory_size=memory_size,
            num_hops=num_hops,
        )
        if type(linear_start) is not int or linear_start < 0:
            raise ValueError(
                f"Argument `linear_start` must be an int of 0 or more. Received: {linear_start!r}."
            )
        check_choice("tying", tying, TYINGS)
        check_choice("encoding", encoding, ENCODINGS)
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.memory_size = memory_size
        self.num_hops = num_hops
        self.tying = tying
        self.encoding = encoding
        self.mask_empty = mask_empty
        self.linear_start = linear_start

    def build(self, stories_shape, questions_shape):
        self._check(stories_shape)
        adjacent = self.tying == "adjacent"
        # Adjacent: A^1, C^1 = A^2, ..., C^K. Layer-wise: A, C.
        num_tables = self.num_hops + 1 if adjacent else 2
        self.tables = [
            self._weight(f"embedding_{i}", self.vocabulary_size) for i in range(num_tables)
        ]
        self.times = [self._weight(f"time_{i}", self.memory_size) for i in range(num_tables)]
        if not adjacent:
            self.question_table = self._weight("question_embedding", self.vocabulary_size)
            self.between_hops = self._weight("between_hops", self.units)
            self.answer_table = self._weight("answer_embedding", self.vocabulary_size)
        self.batches_seen = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="batches_seen"
        )

    def _check(self, stories_shape):
        if stories_shape[1] is None or stories_shape[1] > self.memory_size:
            raise ValueError(
                "Argument `stories` must hold at most as many sentences as `memory_size` says, "
                f"{self.memory_size}, and their number must be known. Received: shape "
                f"{stories_shape}."
            )

    def _weight(self, name, rows):
        initializer = keras.initializers.RandomNormal(stddev=0.1)
        return self.add_weight(shape=(rows, self.units), initializer=initializer, name=name)

    def call(self, stories, questions, return_attention_scores=False, training=False):
        self._check(stories.shape)
        linear = self.batches_seen < self.linear_start
        if training and self.linear_start:
            self.batches_seen.assign(self.batches_seen + 1)
        adjacent = self.tying == "adjacent"
        story_weights, mask = self._word_weights(stories), self._is_memory(stories)
        vectors = [
            embed(stories, story_weights, table) + times[: stories.shape[1]]
            for table, times in zip(self.tables, self.times, strict=True)
        ]
        question_table = self.tables[0] if adjacent else self.question_table
        query = embed(questions, self._word_weights(questions), question_table)
        attention = []
        for hop in range(self.num_hops):
            keys, values = vectors[hop : hop + 2] if adjacent else vectors
            answer, weights = attend(query, keys, values, mask, self.mask_empty, linear)
            query = answer + (query if adjacent else _product(query, self.between_hops))
            attention.append(weights)
        answers = self.tables[-1] if adjacent else self.answer_table
        logits = _product(query, ops.transpose(answers))
        return (logits, ops.stack(attention, axis=1)) if return_attention_scores else logits

    def _word_weights(self, words):
        if self.encoding == "position":
            return position_weights(words, self.units, self._mask_dtype)
        return is_word(words, self._mask_dtype)[..., None]

    def _is_memory(self, stories):
        return ops.max(is_word(stories, self._mask_dtype), axis=-1)

    @property
    def _mask_dtype(self):
        # All that the mask takes part in is computed in float32 or more.
        return "float64" if self.compute_dtype == "float64" else "float32"

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "units": self.units,
            "memory_size": self.memory_size,
            "num_hops": self.num_hops,
            "tying": self.tying,
            "encoding": self.encoding,
            "mask_empty": self.mask_empty,
            "linear_start": self.linear_start,
        }


def _product(vectors, matrix):
    # Not ops.matmul, which computes in float32 on PyTorch unless all of Keras is in float64.
    return ops.einsum("bi,ij->bj", vectors, matrix)
