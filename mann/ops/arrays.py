"""Operations that `keras.ops` lacks: values apart for XLA, and a tanh of float64."""

import keras
from keras import ops

from mann.ops.gradients import straight_through


def separate(values):
    """Returns equal values in an array of their own.

    XLA computes on a CPU what takes one array both by rows and by columns, such as
    `x[:, :, None] - x[:, None, :]`, a number at a time, ten times as slow as with two arrays. The
    product with one is what it does not see through; a sum with nothing it would repeat in all
    that uses it.

    Args:
        values: tensor.

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.backend() == "torch":
        return values
    product = ops.prod(ops.stack([values, ops.ones_like(values)]), axis=0)
    # What TensorFlow derives for a product XLA cannot derive again.
    return straight_through(product, values)


def tanh(values):
    """Returns the hyperbolic tangent, in the precision of the values.

    That of `keras.ops` is one of float32 for float64 on JAX, unless all of Keras is in float64.

    Args:
        values: tensor.

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.standardize_dtype(values.dtype) == "float64":
        return 2.0 * ops.sigmoid(2.0 * values) - 1.0
    return ops.tanh(values)
