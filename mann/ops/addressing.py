"""Addressing of the memory: similarity of keys to slots, and weights of heads over slots.

Notations:
    B: batch size.            R: number of heads.
    N: memory size, in slots. W: word size, the width of a slot.
"""

from keras import ops

from mann.ops.gradients import custom_gradient, straight_through
from mann.ops.products import outer_products, products, sums

# Inside the square root, so that the gradient of the norm of an empty slot is zero, not infinite.
EPSILON = 1e-6
# Keeps the logarithm of a zero weight finite, and is negligible beside other weights.
TINY = 1e-12
# Added to a raw strength, so that a new head starts with 1 + softplus(2), or about 3.
STRENGTH_OFFSET = 2.0


def content_weights(keys, memory, strengths=None, masks=None):
    """Returns weights over slots, high where the content resembles the key.

    `w(i) = softmax_i(beta K(k, M(i)))`, section 3.3.1 of Graves et al. 2014, where `K` is the
    cosine of the angle between the key and a slot: 0 for an empty key or an empty slot.

    Args:
        keys: tensor of shape `(B, R, W)`.
        memory: tensor of shape `(B, W, N)`.
        strengths: tensor of shape `(B, R)`, how sharply each head focuses; `None` for 1.
        masks: tensor of shape `(B, R, W)` in [0, 1], by which the key and each slot are multiplied
            before they are compared (Csordas and Schmidhuber 2019); `None` for 1.

    Returns:
        Tensor of shape `(B, R, N)`; each row sums to 1.
    """
    if masks is None:
        return ops.softmax(similarities(keys, memory, strengths), axis=-1)
    directions = _directions(keys * masks, strengths)
    inverse_norms = ops.rsqrt(products(masks * masks, memory * memory) + EPSILON)
    return ops.softmax(products(directions * masks, memory) * inverse_norms, axis=-1)


def similarities(keys, memory, strengths=None):
    """Returns `beta K(k, M(i))` of each key and slot, which `content_weights` takes the softmax of.

    Args:
        keys: tensor of shape `(B, R, W)`.
        memory: tensor of shape `(B, W, N)`.
        strengths: tensor of shape `(B, R)`; `None` for 1.

    Returns:
        Tensor of shape `(B, R, N)`.
    """
    return _similarities(_directions(keys, strengths), memory)


def _directions(keys, strengths):
    directions = keys * ops.rsqrt(ops.sum(keys * keys, axis=-1, keepdims=True) + EPSILON)
    # Multiplied into the keys, which are fewer than the similarities.
    return directions if strengths is None else strengths[:, :, None] * directions


@custom_gradient
def _similarities(directions, memory):
    inverse_norms = ops.rsqrt(ops.sum(memory * memory, axis=1) + EPSILON)[:, None, :]
    similarities = products(directions, memory) * inverse_norms

    # A custom gradient, so that the memory is saved once and its gradient is one pass.
    def gradient(upstream):
        scaled = upstream * inverse_norms
        shrunk = ops.sum(scaled * similarities, axis=1, keepdims=True) * inverse_norms
        return sums(scaled, memory), outer_products(scaled, directions) - memory * shrunk

    return similarities, gradient


def interpolate(weights, prev_weights, gates):
    """Returns weights interpolated between those by content and those of the step before.

    `w^g = g w^c + (1 - g) w_{t-1}`, equation 7 of Graves et al. 2014.

    Args:
        weights: tensor of shape `(B, R, N)`, by content.
        prev_weights: tensor of shape `(B, R, N)`, of the step before.
        gates: tensor of shape `(B, R)` in [0, 1]; 1 for content alone.

    Returns:
        Tensor of shape `(B, R, N)`.
    """
    return prev_weights + gates[:, :, None] * (weights - prev_weights)


def shift(weights, shifts):
    """Returns weights moved along the slots, round the end: a circular convolution.

    `w~(i) = sum_j w^g(j) s(i - j mod N)`, equation 8 of Graves et al. 2014.

    Args:
        weights: tensor of shape `(B, R, N)`.
        shifts: tensor of shape `(B, R, 2 K + 1)`, a distribution over moves from `-K` to `K`;
            a positive move goes to higher slots.

    Returns:
        Tensor of shape `(B, R, N)`.
    """
    furthest = shifts.shape[-1] // 2
    moved = [
        shifts[:, :, move + furthest, None] * ops.roll(weights, move, axis=-1)
        for move in range(-furthest, furthest + 1)
    ]
    return sum(moved)


def sharpen(weights, sharpenings):
    """Returns sharpened weights, which are closer to one-hot.

    `w(i) = w~(i)^gamma / sum_j w~(j)^gamma`, equation 9 of Graves et al. 2014.

    Args:
        weights: tensor of shape `(B, R, N)`, 0 or more.
        sharpenings: tensor of shape `(B, R)`, 1 or more.

    Returns:
        Tensor of shape `(B, R, N)`; each row sums to 1.
    """
    # A power as a softmax of logarithms, which neither overflows nor divides by zero.
    return ops.softmax(sharpenings[:, :, None] * ops.log(weights + TINY), axis=-1)


def harden(weights):
    """Returns one-hot weights, on the slot of the largest one; the first of them, if some tie.

    The gradient is that of the weights themselves: the straight-through estimator of Bengio et al.
    2013.

    Args:
        weights: tensor of shape `(B, R, N)`.

    Returns:
        Tensor of shape `(B, R, N)`, one-hot rows.
    """
    slots = ops.argmax(weights, axis=-1)
    return straight_through(ops.one_hot(slots, weights.shape[-1], dtype=weights.dtype), weights)


def harden_gates(gates):
    """Returns gates rounded to 0 or 1, with the gradient of the gates themselves.

    Args:
        gates: tensor of any shape, in [0, 1].
    """
    return straight_through(ops.cast(gates > 0.5, gates.dtype), gates)


def least_used_slots(usage, num_slots):
    """Returns the slots of lowest usage, lowest first, as one-hot rows.

    Ties go to the lowest index, on TensorFlow and JAX alike.

    Args:
        usage: tensor of shape `(B, N)`.
        num_slots: number of slots.

    Returns:
        Tensor of shape `(B, num_slots, N)`, one-hot rows.
    """
    usage = ops.stop_gradient(usage)
    size = ops.shape(usage)[-1]
    if usage.shape[0] == 0:
        # On PyTorch Keras cannot take the minimum of an empty tensor.
        return ops.zeros((0, num_slots, size), usage.dtype)
    order = ops.arange(size, dtype="int32")
    slots = []
    # Not ops.top_k, for which JAX would gather a batch that is spread over devices.
    for _ in range(num_slots):
        lowest = usage == ops.min(usage, axis=-1, keepdims=True)
        slot = order == ops.min(ops.where(lowest, order, size), axis=-1, keepdims=True)
        usage = ops.where(slot, float("inf"), usage)
        slots.append(slot)
    return ops.cast(ops.stack(slots, axis=1), usage.dtype)
