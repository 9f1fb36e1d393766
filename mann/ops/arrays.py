"""Operations that `keras.ops` lacks: a copy that XLA keeps, and a tanh in float64."""

import keras
from keras import ops

from mann.ops.gradients import straight_through


def separate(values):
    """Returns a copy of values that XLA does not optimise away.

    On a CPU, XLA computes an expression of one array both by rows and by columns, such as
    `x[:, :, None] - x[:, None, :]`, one number at a time, ten times slower than with two arrays. It
    does not see through a product with one; a sum with zero it would repeat wherever it is used.

    Args:
        values: tensor.

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.backend() == "torch":
        return values
    product = ops.prod(ops.stack([values, ops.ones_like(values)]), axis=0)
    # XLA cannot differentiate TensorFlow's gradient of a product.
    return straight_through(product, values)


def tanh(values):
    """Returns the hyperbolic tangent, in the precision of the values.

    On JAX `keras.ops.tanh` computes in float32 for float64, unless all of Keras is in float64.

    Args:
        values: tensor.

    Returns:
        Tensor of the same shape.
    """
    if keras.backend.standardize_dtype(values.dtype) == "float64":
        return 2.0 * ops.sigmoid(2.0 * values) - 1.0
    return ops.tanh(values)
