"""The gradient of the steps of a DNC, as a compiled loop. Letters as in dnc.py."""

import numpy as np

from mann.fused import allocation, content, links
from mann.fused.dnc import keep, precede, split_interface, write
from mann.fused.vectors import (
    ONE,
    ZERO,
    add_scaled,
    add_transposed_product,
    compiled,
    dot,
    kept,
    sigmoid,
    sigmoids,
    softmax,
)


@kept
def pull_back(rows, upstream, kernels, first, steps, of_states, of_gates, of_interface):
    """Goes back through what `dnc.run` went through, for some rows of the batch.

    Memories and links are computed again, as they are too many to keep for all rows.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        upstream: array `(batch, time, U + R W)`, the gradient of the outputs.
        kernels: those given to `run`.
        first: `States` of the first step, before it.
        steps: `Steps` of `run`.
        of_states: `States`, the gradient of those of the last step, which becomes that of `first`.
        of_gates: array `(batch, time, 4 U)` to fill.
        of_interface: array `(batch, time, S)` to fill.
    """
    times, (_, width, size) = upstream.shape[1], first.memory.shape
    heads, linked = first.read_weights.shape[1], first.link.shape[1] > 0
    memories = np.empty((times + 1, width, size), np.float32)
    all_links = np.empty((times, *first.link.shape[1:]), np.float32)
    precedences = np.empty((times, *first.precedence.shape[1:]), np.float32)
    erase = np.empty((times, width), np.float32)
    of_forward = np.empty((heads, size), np.float32)
    of_backward = np.empty((heads, size), np.float32)
    of_prev_reads = np.empty((heads, size), np.float32)
    of_allocated, inverse = np.empty(size, np.float32), np.empty(size, np.float32)
    order = np.arange(size)
    for b in range(rows[0], rows[1]):
        memories[0], all_links[0] = first.memory[b], first.link[b]
        precedences[0] = first.precedence[b]
        for t in range(times):
            said = split_interface(steps.interface[b, t], heads, width)
            weights = steps.write_weights[b, t]
            sigmoids(said.erase, erase[t])
            write(memories[t], weights, erase[t], said.words, memories[t + 1])
            if linked and t + 1 < times:
                links.write(all_links[t], weights, precedences[t], all_links[t + 1])
                precede(precedences[t], weights, precedences[t + 1])

        of_output, of_reads = of_states.output[b], of_states.read_weights[b]
        of_memory, of_link = of_states.memory[b], of_states.link[b]
        of_weights, of_precedence = of_states.write_weights[b], of_states.precedence[b]
        of_usage = of_states.usage[b]
        content.inverse_norms(memories[times], inverse)
        for t in range(times - 1, -1, -1):
            said = split_interface(steps.interface[b, t], heads, width)
            of_said = split_interface(of_interface[b, t], heads, width)
            prev_reads = first.read_weights[b] if t == 0 else steps.read_weights[b, t - 1]
            weights = steps.write_weights[b, t]
            add_scaled(ONE, upstream[b, t], of_output)
            _read_gradient(
                memories[t + 1],
                inverse,
                said,
                steps.read_weights[b, t],
                steps.read_content[b, t],
                steps.forward[b, t],
                steps.backward[b, t],
                of_output[first.carry.shape[1] :],
                of_reads,
                of_memory,
                of_said,
                of_forward,
                of_backward,
            )
            of_prev_reads[:] = ZERO
            if linked:
                _precede_gradient(precedences[t], weights, of_precedence, of_weights)
                links.write_and_follow_gradient(
                    all_links[t],
                    weights,
                    precedences[t],
                    prev_reads,
                    of_forward,
                    of_backward,
                    of_link,
                    of_weights,
                    of_precedence,
                    of_prev_reads,
                )
            _write_gradient(
                memories[t], weights, erase[t], said.words, of_memory, of_weights, of_said
            )
            content.inverse_norms(memories[t], inverse)
            _weights_gradient(
                memories[t],
                inverse,
                said,
                steps.write_content[b, t],
                steps.allocated[b, t],
                of_weights,
                of_memory,
                of_said,
                of_allocated,
            )
            allocation.allocate_gradient(steps.usage[b, t], order, of_allocated, of_usage)
            _usage_gradient(
                first.usage[b] if t == 0 else steps.usage[b, t - 1],
                first.write_weights[b] if t == 0 else steps.write_weights[b, t - 1],
                prev_reads,
                said.free_gates,
                of_usage,
                of_prev_reads,
                of_said.free_gates,
            )
            of_reads[:] = of_prev_reads
            # What was written takes no part in the gradient of the usage.
            of_weights[:] = ZERO
            _controller_gradient(
                kernels,
                steps.gates[b, t],
                first.carry[b] if t == 0 else steps.carry[b, t - 1],
                steps.squashed[b, t],
                of_interface[b, t],
                of_output,
                of_states.carry[b],
                of_gates[b, t],
            )


@compiled
def _read_gradient(
    memory,
    inverse,
    said,
    weights,
    by_content,
    forward,
    backward,
    of_read,
    of_weights,
    of_memory,
    of_said,
    of_forward,
    of_backward,
):
    heads, width = said.read_keys.shape
    of_content = np.empty_like(weights[0])
    modes, of_modes = np.empty(3, np.float32), np.empty(3, np.float32)
    for head in range(heads):
        of_weight = of_weights[head]
        for w in range(width):
            of_word = of_read[head * width + w]
            add_scaled(of_word, memory[w], of_weight)
            add_scaled(of_word, weights[head], of_memory[w])
        of_content[:] = of_weight
        if said.read_modes.shape[1] > 0:
            softmax(said.read_modes[head], modes)
            of_modes[0] = dot(of_weight, backward[head])
            of_modes[1] = dot(of_weight, by_content[head])
            of_modes[2] = dot(of_weight, forward[head])
            mean = dot(modes, of_modes)
            for mode in range(3):
                of_said.read_modes[head, mode] = modes[mode] * (of_modes[mode] - mean)
            for n in range(of_content.shape[0]):
                of_backward[head, n] = modes[0] * of_weight[n]
                of_content[n] = modes[1] * of_weight[n]
                of_forward[head, n] = modes[2] * of_weight[n]
        content.content_gradient(
            said.read_keys[head],
            said.read_strengths[head],
            memory,
            inverse,
            by_content[head],
            of_content,
            of_said.read_keys[head],
            of_said.read_strengths[head : head + 1],
            of_memory,
        )


@compiled
def _precede_gradient(precedence, weights, of_precedence, of_weights):
    kept, along = ONE - np.sum(weights), dot(of_precedence, precedence)
    for n in range(weights.shape[0]):
        of_weights[n] += of_precedence[n] - along
        of_precedence[n] *= kept


@compiled
def _weights_gradient(
    memory, inverse, said, by_content, allocated, of_weights, of_memory, of_said, of_allocated
):
    of_content = np.empty_like(by_content)
    at_free, gate = sigmoid(said.allocation_gate[0]), sigmoid(said.write_gate[0])
    of_at_free, of_gate = ZERO, ZERO
    for n in range(by_content.shape[0]):
        apart = allocated[n] - by_content[n]
        of_gate += of_weights[n] * (by_content[n] + at_free * apart)
        of_at_free += of_weights[n] * apart
        of_allocated[n] = gate * at_free * of_weights[n]
        of_content[n] = gate * (ONE - at_free) * of_weights[n]
    of_said.write_gate[0] = of_gate * gate * (ONE - gate)
    of_said.allocation_gate[0] = of_at_free * gate * at_free * (ONE - at_free)
    content.content_gradient(
        said.write_key,
        said.write_strength[0],
        memory,
        inverse,
        by_content,
        of_content,
        of_said.write_key,
        of_said.write_strength,
        of_memory,
    )


@compiled
def _write_gradient(memory, weights, erase, words, of_memory, of_weights, of_said):
    for w in range(memory.shape[0]):
        row, of_row, wiped, word = memory[w], of_memory[w], erase[w], words[w]
        of_wiped = ZERO
        for n in range(weights.shape[0]):
            of_wiped -= weights[n] * of_row[n] * row[n]
        of_said.erase[w] = of_wiped * wiped * (ONE - wiped)
        of_said.words[w] = dot(weights, of_row)
        for n in range(weights.shape[0]):
            of_weights[n] += of_row[n] * (word - wiped * row[n])
        for n in range(weights.shape[0]):
            of_row[n] *= ONE - weights[n] * wiped


@compiled
def _usage_gradient(
    prev_usage, prev_weights, prev_reads, free_gates, of_usage, of_prev_reads, of_free_gates
):
    size = of_usage.shape[0]
    before, kept, others = np.empty_like(of_usage), np.ones_like(of_usage), np.empty_like(of_usage)
    for n in range(size):
        before[n] = of_usage[n] * (ONE - (ONE - prev_usage[n]) * (ONE - prev_weights[n]))
    for head in range(free_gates.shape[0]):
        others[:] = before
        for other in range(free_gates.shape[0]):
            if other != head:
                keep(others, sigmoid(free_gates[other]), prev_reads[other])
        gate = sigmoid(free_gates[head])
        of_free_gates[head] = -dot(others, prev_reads[head]) * gate * (ONE - gate)
        add_scaled(-gate, others, of_prev_reads[head])
        keep(kept, gate, prev_reads[head])
    for n in range(size):
        of_usage[n] *= kept[n] * (ONE - prev_weights[n])


@compiled
def _controller_gradient(
    kernels, gates, prev_carry, squashed, of_interface, of_output, of_carry, of_gates
):
    """Turns the gradient of the output and carry of a step into those of the step before."""
    recurrent, to_interface = kernels
    units = of_carry.shape[0]
    add_transposed_product(to_interface, of_interface, of_output[:units])
    of_gate = of_gates.reshape((4, units))
    for k in range(units):
        enter, forget, cell, leave = gates[0, k], gates[1, k], gates[2, k], gates[3, k]
        of_hidden = of_output[k]
        of_sum = of_carry[k] + of_hidden * leave * (ONE - squashed[k] * squashed[k])
        of_gate[0, k] = of_sum * cell * enter * (ONE - enter)
        of_gate[1, k] = of_sum * prev_carry[k] * forget * (ONE - forget)
        of_gate[2, k] = of_sum * enter * (ONE - cell * cell)
        of_gate[3, k] = of_hidden * squashed[k] * leave * (ONE - leave)
        of_carry[k] = of_sum * forget
    of_output[:] = ZERO
    add_transposed_product(recurrent, of_gates, of_output)
