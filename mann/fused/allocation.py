"""Which slots a compiled loop finds free, and the gradient. Of one sequence: all are `(N,)`."""

import numpy as np

from mann.fused.vectors import ONE, ZERO, compiled, inlined
from mann.ops import allocation as ops_allocation

EPSILON = np.float32(ops_allocation.EPSILON)
# A product below is nothing beside those that count, and soon a number that is slow to compute on.
TINY = np.float32(1e-30)


@compiled
def allocate(usage, order, out):
    """Sets `out` to weights over the free slots, and sorts `order`, of all slots, by usage."""
    floored = np.empty_like(usage)
    for n in range(usage.shape[0]):
        floored[n] = _floored(usage[n])
    _sort(floored, order)
    out[:] = ZERO
    taken = ONE
    for slot in order:
        out[slot] = (ONE - floored[slot]) * taken
        taken *= floored[slot]
        if taken < TINY:
            break


@compiled
def allocate_gradient(usage, order, upstream, of_usage):
    """Adds to the gradient of the usage, by which `order` is sorted."""
    all_taken, count, taken = np.empty_like(usage), 0, ONE
    for slot in order:
        all_taken[count] = taken
        count += 1
        taken *= _floored(usage[slot])
        if taken < TINY:
            break
    after = ZERO
    for k in range(count - 1, -1, -1):
        slot = order[k]
        used = _floored(usage[slot])
        share = upstream[slot] * all_taken[k]
        of_usage[slot] += (ONE - EPSILON) * (after / used - share)
        after += share * (ONE - used)


@inlined
def _floored(usage):
    return (ONE - EPSILON) * usage + EPSILON


@compiled
def _sort(usage, order):
    # By insertion: from one step to the next few slots change places.
    for i in range(1, order.shape[0]):
        slot = order[i]
        j = i - 1
        while j >= 0 and _after(usage, order[j], slot):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = slot


@inlined
def _after(usage, one, other):
    return usage[one] > usage[other] or (usage[one] == usage[other] and one > other)
