"""Sentences as vectors, and attention over them. B, M, J and d: batch, memories, words, size."""

from keras import ops


def position_weights(words, size, dtype="float32"):
    """Returns the weight of each word in each element of its sentence's vector, 0 for no word.

    `l_kj = 1 + 4 (j/J - 1/2) (k/d - 1/2)` for word j of J, element k of d, both counted from 1:
    twice the value in the paper, as in the authors' program.

    Args:
        words: integer tensor of shape `(..., J)`, 0 after the last word.
        size: d, the size of a vector.
        dtype: type of the weights.

    Returns:
        Tensor of shape `(..., J, d)`.
    """
    mask = is_word(words, dtype)
    num_words = ops.sum(mask, axis=-1, keepdims=True)
    num_words = ops.where(num_words > 0, num_words, 1.0)
    j = (ops.arange(1, words.shape[-1] + 1, dtype=mask.dtype) / num_words)[..., None]
    k = ops.arange(1, size + 1, dtype=mask.dtype) / size
    return (1.0 + 4.0 * (j - 0.5) * (k - 0.5)) * mask[..., None]


def is_word(words, dtype="float32"):
    """Returns 1 where there is a word, 0 for padding."""
    return ops.cast(words != 0, dtype)


def embed(words, weights, table):
    """Returns the sum of the vectors of a sentence's words, `sum_j l_j o A x_j`.

    Args:
        words: integer tensor of shape `(..., J)`.
        weights: tensor of shape `(..., J, d)`, or `(..., J, 1)`.
        table: tensor of shape `(vocabulary_size, d)`.

    Returns:
        Tensor of shape `(..., d)`.
    """
    return ops.sum(ops.take(table, words, axis=0) * weights, axis=-2)


def attend(query, keys, values, mask, mask_empty, linear):
    """Returns the value that a hop reads, `sum_i p_i c_i`, and its attention `p = softmax(u . m)`.

    Empty memories are read as zeros.

    Args:
        query: u, tensor of shape `(B, d)`.
        keys: m, tensor of shape `(B, M, d)`.
        values: c, tensor of shape `(B, M, d)`.
        mask: tensor of shape `(B, M)`, 0 for empty memories.
        mask_empty: whether empty memories get no attention, or that of a score of 0.
        linear: scalar boolean tensor, whether to leave the softmax out.

    Returns:
        Tuple of tensors of shapes `(B, d)` and `(B, M)`.
    """
    scores = ops.sum(keys * query[:, None, :], axis=-1) * mask
    if mask_empty:
        scores = scores - 1e9 * (1.0 - mask)
    attention = ops.where(linear, scores, ops.softmax(scores)) * mask
    return ops.sum(values * attention[:, :, None], axis=1), attention
