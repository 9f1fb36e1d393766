"""Where a head looks: similarity of keys to the rows of the memory, and weights over slots.

Notations:
    B: batch size.            R: number of heads.
    N: memory size, in slots. W: word size, the width of a slot.
"""

from keras import ops

# Inside the square root, so that the gradient of the norm of an empty row is zero, not infinite.
EPSILON = 1e-6


def content_weights(keys, memory, strengths=None):
    """Returns weights over slots that point where the content resembles the key.

    `w(i) = softmax_i(beta K(k, M(i)))`, section 3.3.1 of Graves et al. 2014, where `K` is the
    cosine of the angle between the key and a row: 0 for an empty key or an empty row.

    Args:
        keys: tensor of shape `(B, R, W)`.
        memory: tensor of shape `(B, N, W)`.
        strengths: tensor of shape `(B, R)`, how sharply each head focuses; `None` for 1.

    Returns:
        Tensor of shape `(B, R, N)`; each row sums to 1.
    """
    directions = keys * ops.rsqrt(ops.sum(keys * keys, axis=-1, keepdims=True) + EPSILON)
    if strengths is not None:
        # Into the keys, of which there are fewer than similarities.
        directions = strengths[:, :, None] * directions
    # Not ops.square: for its gradient JAX would save twice the memory beside the memory.
    inverse_norms = ops.rsqrt(ops.sum(memory * memory, axis=-1) + EPSILON)
    similarities = ops.einsum("brw,bnw->brn", directions, memory) * inverse_norms[:, None, :]
    return ops.softmax(similarities, axis=-1)


def least_used_slots(usage, num_slots):
    """Returns the slots of lowest usage, lowest first, as one-hot rows.

    Ties go to the lowest index, on TensorFlow and JAX alike.

    Args:
        usage: tensor of shape `(B, N)`.
        num_slots: how many slots to pick.

    Returns:
        Tensor of shape `(B, num_slots, N)`, one-hot rows.
    """
    usage = ops.stop_gradient(usage)
    size = usage.shape[-1]
    order = ops.arange(size, dtype="int32")
    slots = []
    # Not ops.top_k, for which JAX would gather a batch that is spread over devices.
    for _ in range(num_slots):
        lowest = usage == ops.min(usage, axis=-1, keepdims=True)
        slot = order == ops.min(ops.where(lowest, order, size), axis=-1, keepdims=True)
        usage = ops.where(slot, float("inf"), usage)
        slots.append(slot)
    return ops.cast(ops.stack(slots, axis=1), usage.dtype)
