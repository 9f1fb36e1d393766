"""The gradient of what a step of a compiled DNC does with its memory, of one sequence."""

import numpy as np

from mann.kernels import content
from mann.kernels.access import read_modes, retain
from mann.kernels.vectors import ONE, ZERO, add_product, add_scaled, compiled, copy, dot, sigmoid


@compiled
def read_gradient(
    memory,
    inverse,
    parts,
    weights,
    by_content,
    forward_weights,
    backward_weights,
    d_read,
    d_weights,
    d_memory,
    d_parts,
    workspace,
):
    """Of `M w` and `w = pi_1 b + pi_2 c + pi_3 f`: adds to `d_weights`, and passes that on."""
    heads, width = weights.shape[0], memory.shape[0]
    d_content, d_forward, d_backward = (
        workspace.d_content,
        workspace.d_forward,
        workspace.d_backward,
    )
    for head in range(heads):
        d_weight, d_words = d_weights[head], d_read[head * width : (head + 1) * width]
        add_product(d_words, memory, d_weight)
        for w in range(width):
            add_scaled(d_words[w], weights[head], d_memory[w])
        if parts.read_modes.shape[0] > 0:
            back, here, on = read_modes(parts, head)
            d_back = dot(d_weight, backward_weights[head])
            d_here = dot(d_weight, by_content[head])
            d_on = dot(d_weight, forward_weights[head])
            mean = back * d_back + here * d_here + on * d_on
            d_modes = d_parts.read_modes[3 * head : 3 * head + 3]
            d_modes[0] = back * (d_back - mean)
            d_modes[1] = here * (d_here - mean)
            d_modes[2] = on * (d_on - mean)
            for n in range(d_content.shape[0]):
                d_backward[head, n] = back * d_weight[n]
                d_content[n] = here * d_weight[n]
                d_forward[head, n] = on * d_weight[n]
        else:
            copy(d_weight, d_content)
        content.content_gradient(
            parts.read_keys[head * width : (head + 1) * width],
            parts.read_strengths[head],
            memory,
            inverse,
            by_content[head],
            d_content,
            d_parts.read_keys[head * width : (head + 1) * width],
            d_parts.read_strengths[head : head + 1],
            d_memory,
            workspace.scratch,
        )


@compiled
def precede_gradient(precedence, weights, d_precedence, d_weights):
    """Of `(1 - sum(w)) p + w`: turns `d_precedence` into that before, and adds to `d_weights`."""
    kept, along = ONE - np.sum(weights), dot(d_precedence, precedence)
    for n in range(weights.shape[0]):
        d_weights[n] += d_precedence[n] - along
        d_precedence[n] *= kept


@compiled
def weights_gradient(
    memory, inverse, parts, by_content, allocated, d_weights, d_memory, d_parts, workspace
):
    """Of `g^w (g^a a + (1 - g^a) c)`: sets those of gates and of `a`, and passes on that of `c`."""
    d_allocated, d_content = workspace.d_allocated, workspace.d_content
    at_free, gate = sigmoid(parts.allocation_gate[0]), sigmoid(parts.write_gate[0])
    d_at_free, d_gate = ZERO, ZERO
    for n in range(by_content.shape[0]):
        apart = allocated[n] - by_content[n]
        d_gate += d_weights[n] * (by_content[n] + at_free * apart)
        d_at_free += d_weights[n] * apart
        d_allocated[n] = gate * at_free * d_weights[n]
        d_content[n] = gate * (ONE - at_free) * d_weights[n]
    d_parts.write_gate[0] = d_gate * gate * (ONE - gate)
    d_parts.allocation_gate[0] = d_at_free * gate * at_free * (ONE - at_free)
    content.content_gradient(
        parts.write_key,
        parts.write_strength[0],
        memory,
        inverse,
        by_content,
        d_content,
        d_parts.write_key,
        d_parts.write_strength,
        d_memory,
        workspace.scratch,
    )


@compiled
def write_gradient(memory, weights, erase, words, d_memory, d_weights, d_parts):
    """Of `M (1 - w e) + w v`: turns `d_memory` into that before, and adds to `d_weights`."""
    for w in range(memory.shape[0]):
        row, d_row, wiped, word = memory[w], d_memory[w], erase[w], words[w]
        d_wiped = ZERO
        for n in range(weights.shape[0]):
            d_wiped -= weights[n] * d_row[n] * row[n]
        d_parts.erase[w] = d_wiped * wiped * (ONE - wiped)
        d_parts.words[w] = dot(weights, d_row)
        for n in range(weights.shape[0]):
            d_weights[n] += d_row[n] * (word - wiped * row[n])
        for n in range(weights.shape[0]):
            d_row[n] *= ONE - weights[n] * wiped


@compiled
def usage_gradient(
    prev_usage, prev_weights, prev_reads, free_gates, d_usage, d_prev_reads, d_free_gates, scratch
):
    """Of `(u + w - u w) prod(1 - f w^r)`: turns `d_usage` into that before; `w` gets none."""
    size = d_usage.shape[0]
    before, kept, others = scratch[0, :size], scratch[1, :size], scratch[2, :size]
    kept[:] = ONE
    for n in range(size):
        before[n] = d_usage[n] * (ONE - (ONE - prev_usage[n]) * (ONE - prev_weights[n]))
    for head in range(free_gates.shape[0]):
        copy(before, others)
        for other in range(free_gates.shape[0]):
            if other != head:
                retain(others, sigmoid(free_gates[other]), prev_reads[other])
        gate = sigmoid(free_gates[head])
        d_free_gates[head] = -dot(others, prev_reads[head]) * gate * (ONE - gate)
        add_scaled(-gate, others, d_prev_reads[head])
        retain(kept, gate, prev_reads[head])
    for n in range(size):
        d_usage[n] *= kept[n] * (ONE - prev_weights[n])
