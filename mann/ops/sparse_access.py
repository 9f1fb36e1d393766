"""Sparse access: heads that read the few slots nearest to their key, and write to few slots.

B, R, N and W as in addressing.py. K: number of slots that a head reads.

The choice of slots has no gradient: that of a step is exact for the slots that it touched.
"""

from keras import ops

from mann.ops.addressing import least_used_slots

# A slot whose weights of a step sum to more than this was accessed in it (Rae et al. 2016).
ACCESSED = 0.005


def nearest_slots(similarities, num_slots):
    """Returns which slots are most similar to each key; of equal ones, the lowest come first.

    Args:
        similarities: tensor of shape `(B, R, N)`.
        num_slots: number of slots, K.

    Returns:
        Boolean tensor of shape `(B, R, N)`, `True` for K slots of each row.
    """
    _, heads, size = ops.shape(similarities)
    rows = ops.reshape(-similarities, (-1, size))
    chosen = ops.sum(least_used_slots(rows, num_slots), axis=1)
    return ops.reshape(chosen, (-1, heads, size)) > 0.5


def nearest_weights(similarities, num_slots):
    """Returns weights over the slots most similar to each key, and 0 for all others.

    `w(i) = exp(s(i)) / sum_j exp(s(j))` over the K nearest slots, section 3.1 of Rae et al. 2016.

    Args:
        similarities: tensor of shape `(B, R, N)`, the strengths in it.
        num_slots: number of slots, K.

    Returns:
        Tensor of shape `(B, R, N)`; each row sums to 1.
    """
    nearest = nearest_slots(similarities, num_slots)
    return ops.softmax(ops.where(nearest, similarities, -float("inf")), axis=-1)


def write_weights(prev_read_weights, oldest, write_gates, allocation_gates):
    """Returns where heads write: to the slot accessed least recently, or where they read last.

    `w^w = g^w (g^a l + (1 - g^a) w^r_{t-1})`, equation 5 of Rae et al. 2016, where `g^a` is the
    complement of the paper's gate.

    Args:
        prev_read_weights: tensor of shape `(B, R, N)`.
        oldest: tensor of shape `(B, R, N)`, for each head one-hot at a slot.
        write_gates: tensor of shape `(B, R)` in [0, 1], how much is written.
        allocation_gates: tensor of shape `(B, R)` in [0, 1], the share of the oldest slot.

    Returns:
        Tensor of shape `(B, R, N)`, whose rows sum to the write gates.
    """
    places = prev_read_weights + allocation_gates[:, :, None] * (oldest - prev_read_weights)
    return write_gates[:, :, None] * places


def oldest_slots(ages, num_slots):
    """Returns the slots accessed least recently, oldest first, as one-hot rows.

    Of slots of one age, the lowest comes first.

    Args:
        ages: tensor of shape `(B, N)`, steps since the last access.
        num_slots: number of slots.

    Returns:
        Tensor of shape `(B, num_slots, N)`, one-hot rows.
    """
    return least_used_slots(-ages, num_slots)


def age(prev_ages, read_weights, write_weights):
    """Returns the steps since the last access to each slot: 0 for those of this step.

    Args:
        prev_ages: tensor of shape `(B, N)`.
        read_weights: tensor of shape `(B, R, N)`.
        write_weights: tensor of shape `(B, R, N)`.

    Returns:
        Tensor of shape `(B, N)`, without a gradient.
    """
    weights = ops.sum(read_weights, axis=1) + ops.sum(write_weights, axis=1)
    return ops.stop_gradient(ops.where(weights > ACCESSED, 0.0, prev_ages + 1.0))
