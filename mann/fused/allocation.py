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
    usage = _floored(usage)
    _sort(usage, order)
    taken = ONE
    for slot in order:
        out[slot] = (ONE - usage[slot]) * taken
        taken *= usage[slot]
        if taken < TINY:
            taken = ZERO


@compiled
def allocate_gradient(usage, order, upstream, of_usage):
    """Adds to the gradient of the usage."""
    usage = _floored(usage)
    _sort(usage, order)
    all_taken = np.empty_like(usage)
    taken = ONE
    for k, slot in enumerate(order):
        all_taken[k] = taken
        taken *= usage[slot]
        if taken < TINY:
            taken = ZERO
    after = ZERO
    for k in range(order.shape[0] - 1, -1, -1):
        slot = order[k]
        share = upstream[slot] * all_taken[k]
        of_usage[slot] += (ONE - EPSILON) * (after / usage[slot] - share)
        after += share * (ONE - usage[slot])


@compiled
def _floored(usage):
    floored = np.empty_like(usage)
    for n in range(usage.shape[0]):
        floored[n] = (ONE - EPSILON) * usage[n] + EPSILON
    return floored


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
