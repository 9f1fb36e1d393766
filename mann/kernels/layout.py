"""A memory slot by slot, as a sparse step touches it, and feature by feature, as states hold it.

Both are taken in blocks of slots: one feature of all slots after the other would read or write each
cache line of a large memory once for every number in it.
"""

from mann.kernels.vectors import compiled

_BLOCK = 256


@compiled
def to_slots(memory, slots):
    """Sets `slots`, `(N, W)`, to the transposed `memory`, `(W, N)`."""
    size, width = slots.shape
    for start in range(0, size, _BLOCK):
        end = min(start + _BLOCK, size)
        for w in range(width):
            feature = memory[w]
            for n in range(start, end):
                slots[n, w] = feature[n]


@compiled
def to_features(slots, memory):
    """Sets `memory`, `(W, N)`, to the transposed `slots`, `(N, W)`."""
    size, width = slots.shape
    for start in range(0, size, _BLOCK):
        end = min(start + _BLOCK, size)
        for w in range(width):
            feature = memory[w]
            for n in range(start, end):
                feature[n] = slots[n, w]
