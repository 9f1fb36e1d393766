"""Products of a memory with one vector per head, as XLA computes them fast on a CPU.

B: batch size. N: memory size, in slots. W: word size. R: number of heads.

A memory is `(B, W, N)`, so that slots, of which there are many, are the axis that vectorises. A
product of matrices as small as these is slower than one product with a vector for each head.
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
    return _per_head("bw,bwn->bn", vectors, memory)


def sums(weights, memory):
    """Returns the sum of the slots with each head's weights, `sum_n w_r(n) M(w, n)`.

    Args:
        weights: tensor of shape `(B, R, N)`.
        memory: tensor of shape `(B, W, N)`.

    Returns:
        Tensor of shape `(B, R, W)`.
    """
    return _per_head("bn,bwn->bw", weights, memory)


def outer_products(weights, vectors):
    """Returns the sum over heads of their vectors at their slots, `sum_r v_r(w) w_r(n)`.

    Args:
        weights: tensor of shape `(B, R, N)`.
        vectors: tensor of shape `(B, R, W)`.

    Returns:
        Tensor of shape `(B, W, N)`.
    """
    # Not a matrix product: this fuses with what it is added to.
    heads = range(weights.shape[1])
    return sum(weights[:, head, None, :] * vectors[:, head, :, None] for head in heads)


def _per_head(equation, vectors, memory):
    heads = range(vectors.shape[1])
    return ops.stack([ops.einsum(equation, vectors[:, head], memory) for head in heads], axis=1)
