"""The DNC's temporal links, the order in which slots were written.

B, N and R as in addressing.py; H: number of write heads, each of which has links of its own.
"""

import keras
from keras import ops

from mann.ops import addressing
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


def write_and_follow_each(link, write_weights, prev_precedence, read_weights):
    """Returns what `write_and_follow` and `precedence` do to the links of each write head.

    Args:
        link: tensor of shape `(B, H * N, N)`, the links of the heads below each other.
        write_weights: tensor of shape `(B, H, N)`.
        prev_precedence: tensor of shape `(B, H, N)`.
        read_weights: tensor of shape `(B, R, N)`, of the step before.

    Returns:
        Tuple of the links and the precedence, of the shapes that they had, and two lists of H
        tensors `(B, R, N)`: the read weights forward and backward along the links of each head.
    """
    links_after, precedences, forward, backward = [], [], [], []
    # Where PyTorch traces an export, a size is a tensor.
    heads = int(write_weights.shape[1])
    for head, prev_link in enumerate(ops.split(link, heads, axis=1)):
        writes, prev = write_weights[:, head], prev_precedence[:, head]
        link_after, onwards, back = write_and_follow(prev_link, writes, prev, read_weights)
        links_after.append(link_after)
        precedences.append(precedence(prev, writes))
        forward.append(onwards)
        backward.append(back)
    links_after, precedences = ops.concatenate(links_after, axis=1), ops.stack(precedences, axis=1)
    return links_after, precedences, forward, backward


def mix(modes, backward, by_content, forward, sharpenings=None):
    """Returns read weights: backward along each head's links, by content, and forward.

    `w^r = sum_h pi_h b_h + pi_{H+1} c + sum_h pi_{H+1+h} f_h`, Graves et al. 2016. With
    sharpenings, each `b_h` and `f_h` is sharpened before, as Csordas and Schmidhuber 2019 do it,
    since the weights along links spread over several slots.

    Args:
        modes: tensor of shape `(B, R, 2 H + 1)`, a distribution over the ways to read.
        backward: list of H tensors of shape `(B, R, N)`.
        by_content: tensor of shape `(B, R, N)`.
        forward: list of H tensors of shape `(B, R, N)`.
        sharpenings: tensor of shape `(B, R, 2 H)`, 1 or more, backward and then forward; `None`
            for weights as they are.

    Returns:
        Tensor of shape `(B, R, N)`, whose rows sum to at most 1.
    """
    along, heads = [*backward, *forward], len(backward)
    if sharpenings is not None:
        along = [addressing.sharpen(w, sharpenings[:, :, i]) for i, w in enumerate(along)]
    candidates = [*along[:heads], by_content, *along[heads:]]
    return sum(modes[:, :, i, None] * weights for i, weights in enumerate(candidates))
