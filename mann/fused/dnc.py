"""Steps of a DNC and their gradients as compiled loops, a few sequences side by side.

R: number of read heads. N, W: memory size and word size. S: size of the interface. U: units.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.fused import allocation, content, controller, links
from mann.fused.controller import ROWS
from mann.fused.lanes import padded
from mann.fused.vectors import (
    ONE,
    ZERO,
    add_transposed_product,
    compiled,
    empty,
    kept,
    sigmoid,
    sigmoids,
    softmax,
    zeros,
)


class States(NamedTuple):
    """Those of `DNCState`, in its cell's order; without links, the last two are empty."""

    output: Any  # (batch, U + R W)
    carry: Any  # (batch, U)
    memory: Any  # (batch, W, N)
    read_weights: Any  # (batch, R, N)
    write_weights: Any  # (batch, N)
    usage: Any  # (batch, N)
    link: Any  # (batch, N, N)
    precedence: Any  # (batch, N)


class Steps(NamedTuple):
    """What the gradient needs of each step."""

    gates: Any  # (batch, time, 4, U): input, forget, cell and output gate
    carry: Any  # (batch, time, U)
    squashed: Any  # (batch, time, U): tanh of the carry
    interface: Any  # (batch, time, S)
    usage: Any  # (batch, time, N)
    order: Any  # (batch, time, N): the slots by usage, of int32
    allocated: Any  # (batch, time, N)
    write_content: Any  # (batch, time, N)
    write_weights: Any  # (batch, time, N)
    forward: Any  # (batch, time, R, N); without links, this and the next are empty
    backward: Any  # (batch, time, R, N)
    read_content: Any  # (batch, time, R, N)
    read_weights: Any  # (batch, time, R, N)


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


def steps_shapes(interface_shape, states):
    """Returns the shapes of `Steps`, for an interface `(batch, time, S)` and these `States`."""
    batch, time, _ = interface_shape
    _, heads, size = states.read_weights.shape
    units = states.carry.shape[1]
    by_slot, by_head = (batch, time, size), (batch, time, heads, size)
    by_link = (batch, time, heads, states.link.shape[1])
    return Steps(
        gates=(batch, time, 4, units),
        carry=(batch, time, units),
        squashed=(batch, time, units),
        interface=interface_shape,
        usage=by_slot,
        order=by_slot,
        allocated=by_slot,
        write_content=by_slot,
        write_weights=by_slot,
        forward=by_link,
        backward=by_link,
        read_content=by_head,
        read_weights=by_head,
    )


@compiled
def split_interface(raw, heads, width):
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


@kept
def run(rows, gates, interface, kernels, first, states, outputs, steps):
    """Runs a DNC over the sequences of some rows of the batch.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        gates: array `(batch, time, 4 U)`, the inputs' products.
        interface: array `(batch, time, S)`, to which the hidden state's product is added.
        kernels: tuple of arrays, the `panels` of `(U + R W, 4 U)` and of `(U, S)`, for the gates
            and for the interface.
        first: `States` before the first step.
        states: `States` to fill with those after the last.
        outputs: array `(batch, time, U + R W)` to fill.
        steps: `Steps` to fill.
    """
    units, (_, heads, size) = states.carry.shape[1], states.read_weights.shape
    width, linked = states.memory.shape[1], states.link.shape[1] > 0
    room = padded(states.link.shape[1])
    # Of each row side by side. What is written and what it is computed from must not be one array,
    # or it would not vectorise.
    memories = empty(2 * ROWS * width * size).reshape((ROWS, 2, width, size))
    all_links = empty(2 * ROWS * room * room).reshape((ROWS, 2, room, room))
    precedences = empty(ROWS * room).reshape((ROWS, room))
    inverses = np.empty((ROWS, size), np.float32)
    # Of the row at hand.
    to_link, from_reads = zeros(room), zeros(heads * room).reshape((heads, room))
    forward, backward = np.empty_like(from_reads), np.empty_like(from_reads)
    erase, modes = np.empty(width, np.float32), np.empty(3, np.float32)
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            memories[row, 0] = first.memory[b]
            states.read_weights[b], states.usage[b] = first.read_weights[b], first.usage[b]
            content.inverse_norms(memories[row, 0], inverses[row])
            if linked:
                links.enter(first.link[b], all_links[row, 0])
                precedences[row] = ZERO
                precedences[row, :size] = first.precedence[b]
        for t in range(outputs.shape[1]):
            controller.control(block, t, gates, interface, kernels, first, outputs, steps)
            for b in range(block[0], block[1]):
                row, new, old = b - start, (t + 1) % 2, t % 2
                memory, inverse = memories[row, new], inverses[row]
                said = split_interface(steps.interface[b, t], heads, width)
                _choose_where_to_write(
                    said,
                    memories[row, old],
                    inverse,
                    states.read_weights[b],
                    first.write_weights[b] if t == 0 else steps.write_weights[b, t - 1],
                    states.usage[b],
                    steps.order[b, t],
                    steps.allocated[b, t],
                    steps.write_content[b, t],
                    steps.write_weights[b, t],
                )
                steps.usage[b, t] = states.usage[b]
                weights = steps.write_weights[b, t]
                sigmoids(said.erase, erase)
                write(memories[row, old], weights, erase, said.words, memory)
                content.inverse_norms(memory, inverse)
                if linked:
                    to_link[:size] = weights
                    from_reads[:, :size] = states.read_weights[b]
                    precedence = precedences[row]
                    links.write_and_follow(
                        all_links[row, old],
                        to_link,
                        precedence,
                        from_reads,
                        all_links[row, new],
                        forward,
                        backward,
                    )
                    precede(precedence, to_link, precedence)
                    steps.forward[b, t] = forward[:, :size]
                    steps.backward[b, t] = backward[:, :size]
                for head in range(heads):
                    weights = states.read_weights[b, head]
                    by_content = steps.read_content[b, t, head]
                    content.content_weights(
                        said.read_keys[head * width : (head + 1) * width],
                        said.read_strengths[head],
                        memory,
                        inverse,
                        by_content,
                    )
                    if linked:
                        modes[:] = said.read_modes[3 * head : 3 * head + 3]
                        softmax(modes)
                        back, here, on = modes[0], modes[1], modes[2]
                        for n in range(size):
                            weights[n] = (
                                back * backward[head, n]
                                + here * by_content[n]
                                + on * forward[head, n]
                            )
                    else:
                        weights[:] = by_content
                    read = outputs[b, t, units + head * width : units + (head + 1) * width]
                    read[:] = ZERO
                    add_transposed_product(memory, weights, read)
                steps.read_weights[b, t] = states.read_weights[b]
        last = outputs.shape[1] - 1
        for b in range(block[0], block[1]):
            row, new = b - start, (last + 1) % 2
            states.memory[b] = memories[row, new]
            if linked:
                states.link[b] = all_links[row, new, :size, :size]
                states.precedence[b] = precedences[row, :size]
            states.output[b] = outputs[b, last]
            states.carry[b] = steps.carry[b, last]
            states.write_weights[b] = steps.write_weights[b, last]


@compiled
def _choose_where_to_write(
    said,
    memory,
    inverse,
    read_weights,
    written,
    usage,
    order,
    allocated,
    by_content,
    write_weights,
):
    for n in range(usage.shape[0]):
        usage[n] = ONE - (ONE - usage[n]) * (ONE - written[n])
    for head in range(read_weights.shape[0]):
        keep(usage, sigmoid(said.free_gates[head]), read_weights[head])
    allocation.allocate(usage, order, allocated)
    content.content_weights(said.write_key, said.write_strength[0], memory, inverse, by_content)
    at_free, gate = sigmoid(said.allocation_gate[0]), sigmoid(said.write_gate[0])
    for n in range(usage.shape[0]):
        write_weights[n] = gate * (by_content[n] + at_free * (allocated[n] - by_content[n]))


@compiled
def keep(usage, gate, weights):
    for n in range(usage.shape[0]):
        usage[n] *= ONE - gate * weights[n]


@compiled
def write(memory, weights, erase, words, out):
    for w in range(memory.shape[0]):
        row, out_row, wiped, word = memory[w], out[w], erase[w], words[w]
        for n in range(weights.shape[0]):
            out_row[n] = row[n] * (ONE - weights[n] * wiped) + weights[n] * word


@compiled
def precede(precedence, weights, out):
    kept = ONE - np.sum(weights)
    for n in range(weights.shape[0]):
        out[n] = kept * precedence[n] + weights[n]
