"""The memory operations in a step of a compiled SAM. Letters as in sam_forward.py.

For one sequence. A memory is `(N, W)` here, so that a slot is a row.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.kernels.content import EPSILON, key_factor
from mann.kernels.vectors import ONE, ZERO, add_scaled, compiled, copy, dot, sigmoid, softmax
from mann.ops import addressing, sparse_access

ACCESSED = np.float32(sparse_access.ACCESSED)
STRENGTH_OFFSET = np.float32(addressing.STRENGTH_OFFSET)


class Interface(NamedTuple):
    """The parts of an interface, or of its gradient, of one step and sequence."""

    keys: Any  # (R W,)
    words: Any  # (R W,)
    strengths: Any  # (R,)
    write_gates: Any  # (R,)
    allocation_gates: Any  # (R,)


@compiled
def split_interface(raw, heads, width):
    """Returns the parts of an interface `(S,)`, or of its gradient, as slices."""
    words, strengths = heads * width, 2 * heads * width
    gates = strengths + heads
    return Interface(
        raw[:words],
        raw[words:strengths],
        raw[strengths:gates],
        raw[gates : gates + heads],
        raw[gates + heads :],
    )


@compiled
def count_slots_in_use(rows, last, read_weights):
    """Returns how many slots there are up to the last one that differs from those after it."""
    end = rows.shape[0] - 1
    while end > 0:
        same = last[end - 1] == last[end]
        for head in range(read_weights.shape[0]):
            same = same and read_weights[head, end - 1] == ZERO == read_weights[head, end]
        row, next_row = rows[end - 1], rows[end]
        for w in range(row.shape[0]):
            same = same and row[w] == next_row[w]
        if not same:
            break
        end -= 1
    return end + 1


@compiled
def find_oldest(last, end, out):
    """Sets `out` to the slots before `end` that were accessed first, of equal ones the lowest."""
    found = 0
    for n in range(end):
        if found < out.shape[0]:
            place = found
            found += 1
        elif last[n] < last[out[found - 1]]:
            place = found - 1
        else:
            continue
        while place > 0 and last[n] < last[out[place - 1]]:
            out[place] = out[place - 1]
            place -= 1
        out[place] = n


@compiled
def find_nearest(key, rows, inverses, end, out, values):
    """Sets `out` to the slots before `end` nearest to the key, and `values` to how near they are.

    Of equally near ones it takes the lowest.
    """
    found = 0
    for n in range(end):
        value = dot(key, rows[n]) * inverses[n]
        if found < out.shape[0]:
            place = found
            found += 1
        elif value > values[found - 1]:
            place = found - 1
        else:
            continue
        while place > 0 and value > values[place - 1]:
            out[place], values[place] = out[place - 1], values[place - 1]
            place -= 1
        out[place], values[place] = n, value


@compiled
def inverse_norm(row):
    """Returns the inverse length of a slot."""
    return ONE / np.sqrt(dot(row, row) + EPSILON)


@compiled
def save_rows(rows, oldest, read_slots, saved):
    """Copies the rows that a step will wipe or write."""
    heads, reads = read_slots.shape
    for head in range(heads):
        copy(rows[oldest[head]], saved[head])
        for k in range(reads):
            copy(rows[read_slots[head, k]], saved[heads + head * reads + k])


@compiled
def restore_rows(saved, oldest, read_slots, rows):
    """Undoes a step, of which `save_rows` saved the rows."""
    heads, reads = read_slots.shape
    for head in range(heads):
        copy(saved[head], rows[oldest[head]])
        for k in range(reads):
            copy(saved[heads + head * reads + k], rows[read_slots[head, k]])


@compiled
def write(parts, words, oldest, read_slots, read_weights, rows, inverses, totals):
    """Wipes the oldest slots, then adds each head's word to its own, and where it read last.

    Adds the write weights to `totals`. Weights of zero touch no slot.
    """
    heads, width = len(oldest), rows.shape[1]
    for head in range(heads):
        rows[oldest[head], :] = ZERO
    for head in range(heads):
        word = words[head * width : (head + 1) * width]
        write_gate = sigmoid(parts.write_gates[head])
        allocation_gate = sigmoid(parts.allocation_gates[head])
        _add_word(write_gate * allocation_gate, word, oldest[head], rows, totals)
        share = write_gate * (ONE - allocation_gate)
        for k in range(read_slots.shape[1]):
            if read_weights[head, k] != ZERO:
                _add_word(share * read_weights[head, k], word, read_slots[head, k], rows, totals)
    for head in range(heads):
        inverses[oldest[head]] = inverse_norm(rows[oldest[head]])
        for k in range(read_slots.shape[1]):
            if read_weights[head, k] != ZERO:
                inverses[read_slots[head, k]] = inverse_norm(rows[read_slots[head, k]])


@compiled
def _add_word(weight, word, slot, rows, totals):
    add_scaled(weight, word, rows[slot])
    totals[slot] += weight


@compiled
def read(key, strength, rows, inverses, end, slots, weights, out, totals):
    """Sets the slots nearest to a key, their weights, and `out` to what is read there.

    Adds the weights to `totals`.
    """
    find_nearest(key, rows, inverses, end, slots, weights)
    factor = key_factor(key, strength + STRENGTH_OFFSET)
    for k in range(weights.shape[0]):
        weights[k] *= factor
    softmax(weights)
    out[:] = ZERO
    for k in range(weights.shape[0]):
        _add_read(weights[k], rows[slots[k]], slots[k], out, totals)


@compiled
def _add_read(weight, row, slot, out, totals):
    add_scaled(weight, row, out)
    totals[slot] += weight


@compiled
def note_accesses(time, slots, weights, totals, last, end):
    """Sets the time of access where `totals` say so, and returns the end of the slots in use."""
    for head in range(slots.shape[0]):
        for k in range(slots.shape[1]):
            slot = slots[head, k]
            if weights[head, k] != ZERO:
                if totals[slot] > ACCESSED:
                    last[slot] = time
                end = max(end, np.intp(slot) + 1)
    return end


@compiled
def clear(slots, totals):
    """Sets `totals` of some slots to zero."""
    for head in range(slots.shape[0]):
        for k in range(slots.shape[1]):
            totals[slots[head, k]] = ZERO
