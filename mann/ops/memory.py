"""What a head does where it looks: read, erase and add. B, N, W and R as in addressing.py."""

from keras import ops


def read(memory, weights):
    """Returns the sum of the rows of the memory, weighted: `r = sum_i w(i) M(i)`.

    Args:
        memory: tensor of shape `(B, N, W)`.
        weights: tensor of shape `(B, R, N)`.

    Returns:
        Tensor of shape `(B, R, W)`.
    """
    return ops.einsum("brn,bnw->brw", weights, memory)


def erase_slots(memory, slots):
    """Returns the memory with some rows wiped: `M(i) (1 - e(i))`.

    Args:
        memory: tensor of shape `(B, N, W)`.
        slots: tensor of shape `(B, N)`, 1 where the row goes, 0 where it stays.

    Returns:
        Tensor of shape `(B, N, W)`.
    """
    return memory * (1.0 - slots)[:, :, None]


@ops.custom_gradient
def add(memory, weights, words):
    """Returns the memory with words added where the heads look: `M(i) + sum_r w_r(i) a_r`.

    Args:
        memory: tensor of shape `(B, N, W)`.
        weights: tensor of shape `(B, R, N)`.
        words: tensor of shape `(B, R, W)`.

    Returns:
        Tensor of shape `(B, N, W)`.
    """

    def gradient(upstream):
        return (
            upstream,
            ops.einsum("bnw,brw->brn", upstream, words),
            ops.einsum("bnw,brn->brw", upstream, weights),
        )

    # Products spread over the memory fuse with the sum into one pass, which a matrix product does
    # not; their own gradient would be slow, hence the matrix products above.
    for head in range(weights.shape[1]):
        memory = memory + weights[:, head, :, None] * words[:, head, None, :]
    return memory, gradient
