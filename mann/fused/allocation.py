"""Which slots a compiled loop finds free, and the gradient. Of one sequence: all are `(N,)`."""

import numpy as np

from mann.fused.lanes import WIDTH, less, load, padded, repeat, store
from mann.fused.vectors import ONE, ZERO, compiled, inlined, zeros
from mann.ops import allocation as ops_allocation

EPSILON = np.float32(ops_allocation.EPSILON)
# A product below is nothing beside those that count, and soon a number that is slow to compute on.
TINY = np.float32(1e-30)


@compiled
def allocate(usage, order, out):
    """Sets `out` to weights over the free slots, and `order` to all slots sorted by usage."""
    floored = zeros(padded(usage.shape[0]))
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
    """Sets `order` to the slots by usage, and those of the same usage by number.

    By counting for each slot those that are used less: more comparisons than another way of sorting
    has, but without a branch, of which half would be mispredicted.
    """
    ranks, seen = np.empty_like(usage), np.zeros(order.shape[0], np.int32)
    for n in range(0, usage.shape[0], WIDTH):
        here = load(usage, n)
        a, b, c, d = repeat(ZERO), repeat(ZERO), repeat(ZERO), repeat(ZERO)
        whole = order.shape[0] // 4 * 4
        for m in range(0, whole, 4):
            a = a + less(repeat(usage[m]), here)
            b = b + less(repeat(usage[m + 1]), here)
            c = c + less(repeat(usage[m + 2]), here)
            d = d + less(repeat(usage[m + 3]), here)
        for m in range(whole, order.shape[0]):
            a = a + less(repeat(usage[m]), here)
        store(ranks, n, (a + b) + (c + d))
    # Where a usage is not a number, some places stay as they are.
    order[:] = 0
    for n in range(order.shape[0]):
        rank = np.intp(ranks[n])
        order[rank + seen[rank]] = n
        seen[rank] += 1
