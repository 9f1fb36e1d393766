"""The allocation of free slots in a compiled loop, and its gradient, for one sequence: `(N,)`."""

import numpy as np

from mann.kernels.simd import WIDTH, less, load, repeat, store
from mann.kernels.vectors import ONE, ZERO, compiled, inlined
from mann.ops import allocation as ops_allocation

EPSILON = np.float32(ops_allocation.EPSILON)
# A smaller product is negligible, and soon subnormal, which is slow to compute with.
TINY = np.float32(1e-30)


@compiled
def allocate(usage, order, out, scratch):
    """Sets `order` to the slots by usage, and `out[o_j] = (1 - u[o_j]) prod_{i<j} u[o_i]`.

    `scratch`, an array `(3, padded(N))`, is overwritten.
    """
    floored = scratch[0]
    for n in range(usage.shape[0]):
        floored[n] = _floored(usage[n])
    _sort(floored, order, scratch[1], scratch[2])
    out[:] = ZERO
    taken = ONE
    for slot in order:
        out[slot] = (ONE - floored[slot]) * taken
        taken *= floored[slot]
        if taken < TINY:
            break


@compiled
def allocate_gradient(usage, order, d_allocated, d_usage, all_taken):
    """Adds to the gradient of the usage, by which `order` is sorted. Overwrites `all_taken`."""
    count, taken = 0, ONE
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
        share = d_allocated[slot] * all_taken[k]
        d_usage[slot] += (ONE - EPSILON) * (after / used - share)
        after += share * (ONE - used)


@inlined
def _floored(usage):
    """Returns `(1 - eps) u + eps`."""
    return (ONE - EPSILON) * usage + EPSILON


@compiled
def _sort(usage, order, ranks, seen):
    """Sets `order` to the slots by usage, and those of the same usage by number.

    It counts for each slot those that are used less: more comparisons than in other sorts, but no
    branches, of which half would be mispredicted.
    """
    for n in range(0, order.shape[0], WIDTH):
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
    # If a usage is NaN, some places are not set below.
    order[:], seen[:] = 0, ZERO
    for n in range(order.shape[0]):
        rank = np.intp(ranks[n])
        order[rank + np.intp(seen[rank])] = n
        seen[rank] += ONE
