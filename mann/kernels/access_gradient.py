"""The gradients of the memory operations in a step of a compiled DNC, for one sequence."""

import numpy as np

from mann.kernels import content
from mann.kernels.access import compute_read_modes, retain
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
    """Gradient of `M w` and `w = pi_1 b + pi_2 c + pi_3 f`: adds to `d_weights`."""
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
            backward_mode, content_mode, forward_mode = compute_read_modes(parts, head)
            d_backward_mode = dot(d_weight, backward_weights[head])
            d_content_mode = dot(d_weight, by_content[head])
            d_forward_mode = dot(d_weight, forward_weights[head])
            mean = (
                backward_mode * d_backward_mode
                + content_mode * d_content_mode
                + forward_mode * d_forward_mode
            )
            d_modes = d_parts.read_modes[3 * head : 3 * head + 3]
            d_modes[0] = backward_mode * (d_backward_mode - mean)
            d_modes[1] = content_mode * (d_content_mode - mean)
            d_modes[2] = forward_mode * (d_forward_mode - mean)
            for n in range(d_content.shape[0]):
                d_backward[head, n] = backward_mode * d_weight[n]
                d_content[n] = content_mode * d_weight[n]
                d_forward[head, n] = forward_mode * d_weight[n]
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
    """Gradient of `(1 - sum(w)) p + w`: updates `d_precedence` to before, adds to `d_weights`."""
    kept, along = ONE - np.sum(weights), dot(d_precedence, precedence)
    for n in range(weights.shape[0]):
        d_weights[n] += d_precedence[n] - along
        d_precedence[n] *= kept


@compiled
def weights_gradient(
    memory, inverse, parts, by_content, allocated, d_weights, d_memory, d_parts, workspace
):
    """Gradient of `g^w (g^a a + (1 - g^a) c)`: sets that of gates and `a`, passes `c`'s on."""
    d_allocated, d_content = workspace.d_allocated, workspace.d_content
    allocation_gate, write_gate = sigmoid(parts.allocation_gate[0]), sigmoid(parts.write_gate[0])
    d_allocation_gate, d_write_gate = ZERO, ZERO
    for n in range(by_content.shape[0]):
        apart = allocated[n] - by_content[n]
        d_write_gate += d_weights[n] * (by_content[n] + allocation_gate * apart)
        d_allocation_gate += d_weights[n] * apart
        d_allocated[n] = write_gate * allocation_gate * d_weights[n]
        d_content[n] = write_gate * (ONE - allocation_gate) * d_weights[n]
    d_parts.write_gate[0] = d_write_gate * write_gate * (ONE - write_gate)
    d_parts.allocation_gate[0] = (
        d_allocation_gate * write_gate * allocation_gate * (ONE - allocation_gate)
    )
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
    """Gradient of `M (1 - w e) + w v`: updates `d_memory` to before, adds to `d_weights`."""
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
    """Gradient of `(u + w - u w) prod(1 - f w^r)`: updates `d_usage` to before; `w` gets none."""
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
