"""How XLA is kept from slow code."""

from keras import ops


def separate(values):
    """Returns equal values in an array of their own.

    XLA computes on a CPU what takes one array both by rows and by columns, such as
    `x[:, :, None] - x[:, None, :]`, a number at a time, ten times as slow as with two arrays. The
    sum with nothing is what it does not see through.

    Args:
        values: tensor.

    Returns:
        Tensor of the same shape.
    """
    return ops.sum(ops.stack([values, ops.zeros_like(values)]), axis=0)
