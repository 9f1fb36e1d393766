"""The DNC's temporal links, the order in which slots were written. B, N, R as in addressing.py."""

import keras
from keras import ops

from mann.ops.arrays import separate
from mann.ops.gradients import custom_gradient, straight_through
from mann.ops.products import outer_products, products, sums

# A link of 1 in fixed point: half the range of 16 bits, so that one rounded above 1 fits.
ONE = 2.0**15


@custom_gradient
def write_and_follow(link, write_weights, prev_precedence, read_weights):
    """Returns the links after a write, and the read weights moved along them, both ways.

    `link[i, j]` is the degree to which slot i was written after slot j:
    `L[i, j] = (1 - w(i) - w(j)) L_{t-1}[i, j] + w(i) p_{t-1}(j)`, and `L[i, i] = 0`, Graves et al.
    2016.

    For the gradient, links in float32 are rounded to multiples of 1 / 32,768.

    Args:
        link: tensor of shape `(B, N, N)` in [0, 1].
        write_weights: tensor of shape `(B, N)`.
        prev_precedence: tensor of shape `(B, N)`, the degree to which each slot was written last.
        read_weights: tensor of shape `(B, R, N)`, of the step before.

    Returns:
        Tuple of the links, of shape `(B, N, N)`, whose rows and columns sum to at most 1, and two
        tensors of shape `(B, R, N)`: forward `L w`, to the slots written next, and backward
        `L^T w`, to the slots written before.
    """
    apart = 1.0 - ops.eye(link.shape[-1], dtype=link.dtype)
    saved = _pack(link)

    def remaining():
        return 1.0 - write_weights[:, :, None] - separate(write_weights)[:, None]

    def written(link):
        return (remaining() * link + write_weights[:, :, None] * prev_precedence[:, None]) * apart

    # One custom gradient, so that a loop saves one array of the size of the links at each step.
    def gradient(of_link, forward, backward):
        link_before = _unpack(saved, link)
        link_after = written(link_before)
        of_reads = products(forward, link_after) + sums(backward, link_after)
        rows = ops.concatenate([forward, read_weights], axis=1)
        columns = ops.concatenate([read_weights, backward], axis=1)
        of_link = (of_link + outer_products(columns, rows)) * apart
        changed = of_link * link_before
        ones = ops.ones_like(write_weights)[:, None]
        of_writes = (
            sums(prev_precedence[:, None], of_link) - sums(ones, changed) - products(ones, changed)
        )
        of_precedence = products(write_weights[:, None], of_link)
        return of_link * remaining(), of_writes[:, 0], of_precedence[:, 0], of_reads

    link_after = written(link)
    return (
        link_after,
        sums(read_weights, link_after),
        products(read_weights, link_after),
    ), gradient


def _pack(link):
    """Returns links in 16 bits, half as much for a loop to save; those of float64 as they are."""
    if keras.backend.standardize_dtype(link.dtype) == "float64":
        return link
    return ops.cast(link * ONE + 0.5, "uint16")


def _unpack(saved, link):
    if saved.dtype == link.dtype:
        return saved
    # Needed for gradients of gradients; XLA sees that first gradients do not need the links.
    return straight_through(ops.cast(saved, link.dtype) / ONE, link)


def precedence(prev_precedence, write_weights):
    """Returns the degree to which each slot was written last: `p = (1 - sum w) p_{t-1} + w`.

    Args:
        prev_precedence: tensor of shape `(B, N)`.
        write_weights: tensor of shape `(B, N)`.

    Returns:
        Tensor of shape `(B, N)`.
    """
    written = ops.sum(write_weights, axis=-1, keepdims=True)
    return (1.0 - written) * prev_precedence + write_weights
