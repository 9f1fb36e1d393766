"""The usage of slots and the allocation of free ones: the DNC's dynamic memory allocation.

B, N and R as in addressing.py; H: number of write heads.
"""

import keras
from keras import ops

from mann.ops.arrays import separate
from mann.ops.gradients import custom_gradient

# A slot with a usage of 0 would stop the gradient of all slots that come after it.
EPSILON = 1e-6
# From this many slots on, sorting is faster than comparing all pairs of slots.
SORT_FROM = 512


def retention(free_gates, prev_read_weights):
    """Returns the fraction of its usage that each slot retains after the read heads free it.

    `psi = prod_r (1 - f_r w^r_{t-1})`, Graves et al. 2016.

    Args:
        free_gates: tensor of shape `(B, R)` in [0, 1].
        prev_read_weights: tensor of shape `(B, R, N)`.

    Returns:
        Tensor of shape `(B, N)` in [0, 1].
    """
    return _kept(free_gates[:, :, None] * prev_read_weights)


def usage(prev_usage, prev_write_weights, retained):
    """Returns the usage of each slot after the last step's write and this step's freeing.

    `u = (u_{t-1} + w - u_{t-1} w) psi`, with `1 - w` the product of `1 - w^w_{t-1}` over heads.

    Args:
        prev_usage: tensor of shape `(B, N)`.
        prev_write_weights: tensor of shape `(B, H, N)`.
        retained: tensor of shape `(B, N)`, the result of `retention`.

    Returns:
        Tensor of shape `(B, N)` in [0, 1].
    """
    return (1.0 - (1.0 - prev_usage) * _kept(prev_write_weights)) * retained


def _kept(taken):
    kept = 1.0
    for head in range(taken.shape[1]):
        kept = kept * (1.0 - taken[:, head])
    return kept


@custom_gradient
def allocation(usage):
    """Returns weights over the free slots, most of them on the freest.

    `a(j) = (1 - u(j)) prod u(i)`, the product over the slots that are less used than `j`. Of slots
    of equal usage, the lowest comes first. The gradient ignores jumps where the order changes.

    Args:
        usage: tensor of shape `(B, N)` in [0, 1].

    Returns:
        Tensor of shape `(B, N)`, whose rows sum to at most 1.
    """
    usage = (1.0 - EPSILON) * usage + EPSILON
    sum_before, sum_after = _sums_in_order(usage)
    taken = ops.exp(sum_before(ops.log(usage)))

    # A custom gradient, since a loop would save the comparisons at each step.
    def gradient(upstream):
        of_logarithm = sum_after(upstream * (1.0 - usage) * taken)
        return (1.0 - EPSILON) * (of_logarithm / usage - upstream * taken)

    return (1.0 - usage) * taken, gradient


def allocate_in_turn(usage, gates):
    """Returns weights over the free slots for each write head, as if one wrote after the other.

    `a_h = a(u_h)` of `allocation`, and `u_{h+1} = u_h + (1 - u_h) g_h a_h`: a slot that a head is
    given is in use for the heads after it, as far as the head writes there.

    Args:
        usage: tensor of shape `(B, N)` in [0, 1].
        gates: tensor of shape `(B, H)` in [0, 1], how much each head writes to its free slot.

    Returns:
        Tensor of shape `(B, H, N)`, whose rows sum to at most 1.
    """
    allocated = []
    for head in range(gates.shape[1]):
        allocated.append(allocation(usage))
        usage = usage + (1.0 - usage) * gates[:, head, None] * allocated[-1]
    return ops.stack(allocated, axis=1)


def _sums_in_order(usage):
    """Returns functions that sum values `(B, N)` over the slots less used than each, or more."""
    size = usage.shape[-1]
    slots = ops.arange(size)
    # On PyTorch Keras sums in float32, unless all of Keras is in float64.
    exact = keras.backend.standardize_dtype(usage.dtype) == "float64"
    if size < SORT_FROM or (exact and keras.backend.backend() == "torch"):

        def less_used(one, other):
            one_usage, other_usage = one(usage), other(separate(usage))
            tie = (one_usage == other_usage) & (one(slots) < other(slots))
            return (one_usage < other_usage) | tie

        # Summed over the rows, so that the axis that remains is the last, which vectorises.
        def total(chosen, values):
            # Separate values are not computed again for each pair of slots.
            return ops.sum(ops.where(chosen, _down(separate(values)), 0.0), axis=1)

        return (
            lambda values: total(less_used(_down, _across), values),
            lambda values: total(less_used(_across, _down), values),
        )
    order = ops.argsort(usage, axis=-1)
    rank = ops.argsort(order, axis=-1)

    def total(order, rank, values):
        values = ops.take_along_axis(values, order, axis=-1)
        # A value added and subtracted again would drown the sum of free slots, which is 1e-6 of it.
        sums = ops.pad(ops.cumsum(values[:, :-1], axis=-1), [[0, 0], [1, 0]])
        return ops.take_along_axis(sums, rank, axis=-1)

    def sum_before(values):
        return total(order, rank, values)

    def sum_after(values):
        return total(ops.flip(order, axis=-1), size - 1 - rank, values)

    return sum_before, sum_after


def _down(values):
    return values[..., :, None]


def _across(values):
    return values[..., None, :]
