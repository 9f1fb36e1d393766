"""The gradient of the steps of a DNC, as a compiled loop. Letters as in dnc.py."""

from typing import Any, NamedTuple

import numpy as np

from mann.kernels import allocation, content, controller, links
from mann.kernels.controller import ROWS
from mann.kernels.dnc import keep, precede, read_modes, split_interface, write
from mann.kernels.lanes import padded
from mann.kernels.vectors import (
    ONE,
    ZERO,
    add_product,
    add_scaled,
    allocating,
    compiled,
    copy,
    copy_rows,
    dot,
    empty,
    kept,
    sigmoid,
    sigmoids,
    zeros,
)


class Room(NamedTuple):
    """Arrays that `pull_back` writes over: of `ROWS` rows side by side, and of the row at hand.

    Links and what they lead to have slots for whole lanes, L of them, or none.
    """

    memories: Any  # (ROWS, time + 1, W, N)
    erase: Any  # (ROWS, time, W)
    inverses: Any  # (ROWS, N)
    links: Any  # (ROWS, time, L, L)
    precedences: Any  # (ROWS, time, L)
    to_links: Any  # (ROWS, time, L)
    of_links: Any  # (ROWS, L, L)
    of_precedences: Any  # (ROWS, L)
    products: Any  # of `controller.room_for`
    from_reads: Any  # (R, L)
    of_to_link: Any  # (L,)
    of_forward: Any  # (R, L)
    of_backward: Any  # (R, L)
    of_from_reads: Any  # (R, L)
    of_prev_reads: Any  # (R, N)
    of_allocated: Any  # (N,)
    of_content: Any  # (N,)
    spare: Any  # (3, N and the rest of its last lanes)


@kept
def pull_back(rows, upstream, kernels, first, steps, of_last, of_states, of_gates, of_interface):
    """Goes back through what `dnc.run` went through, for some rows of the batch.

    Memories and links are computed again, as they are too many to keep for all rows: of `ROWS` at a
    time, `4 * ROWS * time * N^2` bytes of links.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        upstream: array `(batch, time, U + R W)`, the gradient of the outputs.
        kernels: tuple of arrays, the `panels` of `run`'s kernels, transposed.
        first: `States` of the first step, before it.
        steps: `Steps` of `run`.
        of_last: `States`, the gradient of those after the last step.
        of_states: `States` to fill with the gradient of `first`.
        of_gates: array `(batch, time, 4 U)` to fill.
        of_interface: array `(batch, time, S)` to fill.
    """
    room = _room(first, kernels, upstream.shape[1])
    _pull_back(
        rows, upstream, kernels, first, steps, of_last, of_states, of_gates, of_interface, room
    )


@allocating
def _room(first, kernels, times):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    slots = padded(first.link.shape[1])
    return Room(
        memories=empty((ROWS, times + 1, width, size)),
        erase=zeros((ROWS, times, width)),
        inverses=zeros((ROWS, size)),
        links=empty((ROWS, times, slots, slots)),
        precedences=zeros((ROWS, times, slots)),
        to_links=zeros((ROWS, times, slots)),
        of_links=zeros((ROWS, slots, slots)),
        of_precedences=zeros((ROWS, slots)),
        products=controller.room_for(kernels),
        from_reads=zeros((heads, slots)),
        of_to_link=zeros((slots,)),
        of_forward=zeros((heads, slots)),
        of_backward=zeros((heads, slots)),
        of_from_reads=zeros((heads, slots)),
        of_prev_reads=zeros((heads, size)),
        of_allocated=zeros((size,)),
        of_content=zeros((size,)),
        spare=zeros((3, padded(size))),
    )


@compiled
def _pull_back(
    rows, upstream, kernels, first, steps, of_last, of_states, of_gates, of_interface, room
):
    times, (_, width, size) = upstream.shape[1], first.memory.shape
    heads, linked = first.read_weights.shape[1], first.link.shape[1] > 0
    units, of_prev_reads = first.carry.shape[1], room.of_prev_reads
    of_to_link, of_from_reads = room.of_to_link, room.of_from_reads
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            copy_rows(first.memory[b], room.memories[row, 0])
            copy(of_last.output[b], of_states.output[b])
            copy(of_last.carry[b], of_states.carry[b])
            copy(of_last.usage[b], of_states.usage[b])
            copy(of_last.write_weights[b], of_states.write_weights[b])
            copy_rows(of_last.memory[b], of_states.memory[b])
            copy_rows(of_last.read_weights[b], of_states.read_weights[b])
            if linked:
                links.enter(first.link[b], room.links[row, 0])
                links.enter(of_last.link[b], room.of_links[row])
                precedence, of_precedence = room.precedences[row, 0], room.of_precedences[row]
                precedence[:], of_precedence[:] = ZERO, ZERO
                copy(first.precedence[b], precedence[:size])
                copy(of_last.precedence[b], of_precedence[:size])
                for t in range(times):
                    copy(steps.write_weights[b, t], room.to_links[row, t, :size])
            _run_again(
                steps.interface[b],
                steps.write_weights[b],
                heads,
                room.memories[row],
                room.erase[row],
                room.links[row],
                room.to_links[row],
                room.precedences[row],
            )
            content.inverse_norms(room.memories[row, times], room.inverses[row])
        for t in range(times - 1, -1, -1):
            for b in range(block[0], block[1]):
                row, weights = b - start, steps.write_weights[b, t]
                prev_memory, inverse = room.memories[row, t], room.inverses[row]
                said = split_interface(steps.interface[b, t], heads, width)
                of_said = split_interface(of_interface[b, t], heads, width)
                prev_reads = first.read_weights[b] if t == 0 else steps.read_weights[b, t - 1]
                of_output, of_memory = of_states.output[b], of_states.memory[b]
                of_weights, of_usage = of_states.write_weights[b], of_states.usage[b]
                add_scaled(ONE, upstream[b, t], of_output)
                _read_gradient(
                    room.memories[row, t + 1],
                    inverse,
                    said,
                    steps.read_weights[b, t],
                    steps.read_content[b, t],
                    steps.forward[b, t],
                    steps.backward[b, t],
                    of_output[units:],
                    of_states.read_weights[b],
                    of_memory,
                    of_said,
                    room,
                )
                of_prev_reads[:] = ZERO
                if linked:
                    to_link, precedence = room.to_links[row, t], room.precedences[row, t]
                    of_precedence = room.of_precedences[row]
                    of_to_link[:], of_from_reads[:] = ZERO, ZERO
                    for head in range(heads):
                        copy(prev_reads[head], room.from_reads[head, :size])
                    _precede_gradient(precedence, to_link, of_precedence, of_to_link)
                    links.write_and_follow_gradient(
                        room.links[row, t],
                        to_link,
                        precedence,
                        room.from_reads,
                        room.of_forward,
                        room.of_backward,
                        room.of_links[row],
                        of_to_link,
                        of_precedence,
                        of_from_reads,
                        room.spare,
                    )
                    add_scaled(ONE, of_to_link, of_weights)
                    copy_rows(of_from_reads, of_prev_reads)
                _write_gradient(
                    prev_memory,
                    weights,
                    room.erase[row, t],
                    said.words,
                    of_memory,
                    of_weights,
                    of_said,
                )
                content.inverse_norms(prev_memory, inverse)
                _weights_gradient(
                    prev_memory,
                    inverse,
                    said,
                    steps.write_content[b, t],
                    steps.allocated[b, t],
                    of_weights,
                    of_memory,
                    of_said,
                    room,
                )
                allocation.allocate_gradient(
                    steps.usage[b, t],
                    steps.order[b, t],
                    room.of_allocated,
                    of_usage,
                    room.spare[0],
                )
                _usage_gradient(
                    first.usage[b] if t == 0 else steps.usage[b, t - 1],
                    first.write_weights[b] if t == 0 else steps.write_weights[b, t - 1],
                    prev_reads,
                    said.free_gates,
                    of_usage,
                    of_prev_reads,
                    of_said.free_gates,
                    room.spare,
                )
                copy_rows(of_prev_reads, of_states.read_weights[b])
                # What was written takes no part in the gradient of the usage.
                of_weights[:] = ZERO
            controller.control_gradient(
                block, t, kernels, first, steps, of_states, of_gates, of_interface, room.products
            )
        if linked:
            for b in range(block[0], block[1]):
                copy_rows(room.of_links[b - start], of_states.link[b])
                copy(room.of_precedences[b - start], of_states.precedence[b])


@compiled
def _run_again(interface, write_weights, heads, memories, erase, all_links, to_links, precedences):
    times, linked = interface.shape[0], all_links.shape[1] > 0
    for t in range(times):
        said = split_interface(interface[t], heads, memories.shape[1])
        sigmoids(said.erase, erase[t])
        write(memories[t], write_weights[t], erase[t], said.words, memories[t + 1])
        if linked and t + 1 < times:
            links.write(all_links[t], to_links[t], precedences[t], all_links[t + 1])
            precede(precedences[t], to_links[t], precedences[t + 1])


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
    room,
):
    heads, width = weights.shape[0], memory.shape[0]
    of_content, of_forward, of_backward = room.of_content, room.of_forward, room.of_backward
    for head in range(heads):
        of_weight, of_words = of_weights[head], of_read[head * width : (head + 1) * width]
        add_product(of_words, memory, of_weight)
        for w in range(width):
            add_scaled(of_words[w], weights[head], of_memory[w])
        if said.read_modes.shape[0] > 0:
            back, here, on = read_modes(said, head)
            of_back = dot(of_weight, backward[head])
            of_here = dot(of_weight, by_content[head])
            of_on = dot(of_weight, forward[head])
            mean = back * of_back + here * of_here + on * of_on
            of_modes = of_said.read_modes[3 * head : 3 * head + 3]
            of_modes[0] = back * (of_back - mean)
            of_modes[1] = here * (of_here - mean)
            of_modes[2] = on * (of_on - mean)
            for n in range(of_content.shape[0]):
                of_backward[head, n] = back * of_weight[n]
                of_content[n] = here * of_weight[n]
                of_forward[head, n] = on * of_weight[n]
        else:
            copy(of_weight, of_content)
        content.content_gradient(
            said.read_keys[head * width : (head + 1) * width],
            said.read_strengths[head],
            memory,
            inverse,
            by_content[head],
            of_content,
            of_said.read_keys[head * width : (head + 1) * width],
            of_said.read_strengths[head : head + 1],
            of_memory,
            room.spare,
        )


@compiled
def _precede_gradient(precedence, weights, of_precedence, of_weights):
    kept, along = ONE - np.sum(weights), dot(of_precedence, precedence)
    for n in range(weights.shape[0]):
        of_weights[n] += of_precedence[n] - along
        of_precedence[n] *= kept


@compiled
def _weights_gradient(
    memory, inverse, said, by_content, allocated, of_weights, of_memory, of_said, room
):
    of_allocated, of_content = room.of_allocated, room.of_content
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
        room.spare,
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
    prev_usage, prev_weights, prev_reads, free_gates, of_usage, of_prev_reads, of_free_gates, spare
):
    size = of_usage.shape[0]
    before, kept, others = spare[0, :size], spare[1, :size], spare[2, :size]
    kept[:] = ONE
    for n in range(size):
        before[n] = of_usage[n] * (ONE - (ONE - prev_usage[n]) * (ONE - prev_weights[n]))
    for head in range(free_gates.shape[0]):
        copy(before, others)
        for other in range(free_gates.shape[0]):
            if other != head:
                keep(others, sigmoid(free_gates[other]), prev_reads[other])
        gate = sigmoid(free_gates[head])
        of_free_gates[head] = -dot(others, prev_reads[head]) * gate * (ONE - gate)
        add_scaled(-gate, others, of_prev_reads[head])
        keep(kept, gate, prev_reads[head])
    for n in range(size):
        of_usage[n] *= kept[n] * (ONE - prev_weights[n])
