"""Products of a memory with one vector per head.

B: batch size. N: memory size, in slots. W: word size. R: number of heads.

A memory is `(B, W, N)`, so that slots, of which there are many, are the axis that vectorises.
"""

from keras import ops


def products(vectors, memory):
    """Returns the product of each head's vector with each slot, `sum_w v_r(w) M(w, n)`.

    Args:
        vectors: tensor of shape `(B, R, W)`.
        memory: tensor of shape `(B, W, N)`.

    Returns:
        Tensor of shape `(B, R, N)`.
    """
    # Not ops.matmul, which computes in float32 on PyTorch unless all of Keras is in float64.
    return vectors @ memory


def sums(weights, memory):
    """Returns the sum of the slots with each head's weights, `sum_n w_r(n) M(w, n)`.

    Args:
        weights: tensor of shape `(B, R, N)`.
        memory: tensor of shape `(B, W, N)`.

    Returns:
        Tensor of shape `(B, R, W)`.
    """
    return ops.einsum("brn,bwn->brw", weights, memory)


def outer_products(weights, vectors):
    """Returns the sum over heads of their vectors at their slots, `sum_r v_r(w) w_r(n)`.

    Args:
        weights: tensor of shape `(B, R, N)`.
        vectors: tensor of shape `(B, R, W)`.

    Returns:
        Tensor of shape `(B, W, N)`.
    """
    return ops.einsum("brw,brn->bwn", vectors, weights)
