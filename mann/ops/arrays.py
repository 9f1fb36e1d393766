"""How XLA is kept from slow code."""

from keras import ops


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
    return ops.prod(ops.stack([values, ops.ones_like(values)]), axis=0)
