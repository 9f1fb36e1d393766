"""The memory operations in a step of a compiled DNC, for one sequence.

Letters are as in mann/layers/dnc_cell.py, and shapes as in records.py without the batch.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.kernels import allocation, content
from mann.kernels.vectors import ONE, compiled, exp, sigmoid


class Interface(NamedTuple):
    """The parts of an interface, or of its gradient, of one step and sequence."""

    read_keys: Any  # (R W,)
    read_strengths: Any  # (R,)
    write_key: Any  # (W,)
    write_strength: Any  # (1,)
    erase: Any  # (W,)
    words: Any  # (W,)
    free_gates: Any  # (R,)
    allocation_gate: Any  # (1,)
    write_gate: Any  # (1,)
    read_modes: Any  # (3 R,): backward, by content, forward; (0,) without links


@compiled
def split_interface(raw, heads, width):
    """Returns the parts of an interface `(S,)`, or of its gradient, as slices."""
    write = heads * (width + 1)
    erase = write + width + 1
    gates = erase + 2 * width
    modes = gates + heads + 2
    return Interface(
        raw[: heads * width],
        raw[heads * width : write],
        raw[write : write + width],
        raw[write + width : erase],
        raw[erase : erase + width],
        raw[erase + width : gates],
        raw[gates : gates + heads],
        raw[modes - 2 : modes - 1],
        raw[modes - 1 : modes],
        raw[modes:],
    )


@compiled
def compute_write_weights(
    parts,
    memory,
    inverse,
    read_weights,
    written,
    usage,
    order,
    allocated,
    by_content,
    write_weights,
    scratch,
):
    """Sets `u = (u + w - u w) psi` and `w = g^w (g^a a + (1 - g^a) c)`, and their parts."""
    for n in range(usage.shape[0]):
        usage[n] = ONE - (ONE - usage[n]) * (ONE - written[n])
    for head in range(read_weights.shape[0]):
        retain(usage, sigmoid(parts.free_gates[head]), read_weights[head])
    allocation.allocate(usage, order, allocated, scratch)
    content.content_weights(parts.write_key, parts.write_strength[0], memory, inverse, by_content)
    allocation_gate, write_gate = sigmoid(parts.allocation_gate[0]), sigmoid(parts.write_gate[0])
    for n in range(usage.shape[0]):
        write_weights[n] = write_gate * (
            by_content[n] + allocation_gate * (allocated[n] - by_content[n])
        )


@compiled
def compute_read_modes(parts, head):
    """Returns the read modes of a head, a softmax: backward, by content and forward."""
    raw = parts.read_modes
    backward, by_content, forward = raw[3 * head], raw[3 * head + 1], raw[3 * head + 2]
    largest = max(max(backward, by_content), forward)
    backward, by_content = exp(backward - largest), exp(by_content - largest)
    forward = exp(forward - largest)
    share = ONE / (backward + by_content + forward)
    return share * backward, share * by_content, share * forward


@compiled
def retain(usage, gate, weights):
    """Multiplies the usage by `1 - f w^r` of a read head."""
    for n in range(usage.shape[0]):
        usage[n] *= ONE - gate * weights[n]


@compiled
def write(memory, weights, erase, words, out):
    """Sets `out = M (1 - w e) + w v`."""
    for w in range(memory.shape[0]):
        row, out_row, wiped, word = memory[w], out[w], erase[w], words[w]
        for n in range(weights.shape[0]):
            out_row[n] = row[n] * (ONE - weights[n] * wiped) + weights[n] * word


@compiled
def precede(precedence, weights, out):
    """Sets `out = (1 - sum(w)) p + w`."""
    kept = ONE - np.sum(weights)
    for n in range(weights.shape[0]):
        out[n] = kept * precedence[n] + weights[n]
