"""Steps of a DNC and their gradients as compiled loops, a few sequences side by side.

R: number of read heads. N, W: memory size and word size. S: size of the interface. U: units.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.kernels import allocation, content, controller, links
from mann.kernels.controller import ROWS
from mann.kernels.lanes import padded
from mann.kernels.vectors import (
    ONE,
    ZERO,
    add_transposed_product,
    allocating,
    compiled,
    copy,
    copy_rows,
    exp,
    kept,
    sigmoid,
    sigmoids,
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


class Room(NamedTuple):
    """Arrays that `run` writes over: of `ROWS` rows side by side, and of the row at hand.

    Links and what they lead to have slots for whole lanes, L of them, or none.
    """

    # Two each of these: updated in place, they would not vectorise.
    memories: Any  # (ROWS, 2, W, N)
    links: Any  # (ROWS, 2, L, L)
    precedences: Any  # (ROWS, L)
    inverses: Any  # (ROWS, N)
    products: Any  # of `controller.room_for`
    to_link: Any  # (L,)
    from_reads: Any  # (R, L)
    forward: Any  # (R, L)
    backward: Any  # (R, L)
    erase: Any  # (W,)
    spare: Any  # (3, N and the rest of its last lanes)


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
    _run(rows, gates, interface, kernels, first, states, outputs, steps, _room(first, kernels))


@allocating
def _room(first, kernels):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    slots = padded(first.link.shape[1])
    return Room(
        memories=zeros((ROWS, 2, width, size)),
        links=zeros((ROWS, 2, slots, slots)),
        precedences=zeros((ROWS, slots)),
        inverses=zeros((ROWS, size)),
        products=controller.room_for(kernels),
        to_link=zeros((slots,)),
        from_reads=zeros((heads, slots)),
        forward=zeros((heads, slots)),
        backward=zeros((heads, slots)),
        erase=zeros((width,)),
        spare=zeros((3, padded(size))),
    )


@compiled
def _run(rows, gates, interface, kernels, first, states, outputs, steps, room):
    units, (_, heads, size) = states.carry.shape[1], states.read_weights.shape
    width, linked = states.memory.shape[1], states.link.shape[1] > 0
    forward, backward = room.forward, room.backward
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            copy_rows(first.memory[b], room.memories[row, 0])
            copy_rows(first.read_weights[b], states.read_weights[b])
            copy(first.usage[b], states.usage[b])
            content.inverse_norms(room.memories[row, 0], room.inverses[row])
            if linked:
                links.enter(first.link[b], room.links[row, 0])
                precedence = room.precedences[row]
                precedence[:] = ZERO
                copy(first.precedence[b], precedence[:size])
        for t in range(outputs.shape[1]):
            controller.control(
                block, t, gates, interface, kernels, first, outputs, steps, room.products
            )
            for b in range(block[0], block[1]):
                row, new, old = b - start, (t + 1) % 2, t % 2
                memory, inverse = room.memories[row, new], room.inverses[row]
                said = split_interface(steps.interface[b, t], heads, width)
                _choose_where_to_write(
                    said,
                    room.memories[row, old],
                    inverse,
                    states.read_weights[b],
                    first.write_weights[b] if t == 0 else steps.write_weights[b, t - 1],
                    states.usage[b],
                    steps.order[b, t],
                    steps.allocated[b, t],
                    steps.write_content[b, t],
                    steps.write_weights[b, t],
                    room.spare,
                )
                copy(states.usage[b], steps.usage[b, t])
                weights = steps.write_weights[b, t]
                sigmoids(said.erase, room.erase)
                write(room.memories[row, old], weights, room.erase, said.words, memory)
                content.inverse_norms(memory, inverse)
                if linked:
                    copy(weights, room.to_link[:size])
                    for head in range(heads):
                        copy(states.read_weights[b, head], room.from_reads[head, :size])
                    precedence = room.precedences[row]
                    links.write_and_follow(
                        room.links[row, old],
                        room.to_link,
                        precedence,
                        room.from_reads,
                        room.links[row, new],
                        forward,
                        backward,
                    )
                    precede(precedence, room.to_link, precedence)
                    copy_rows(forward, steps.forward[b, t])
                    copy_rows(backward, steps.backward[b, t])
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
                        back, here, on = read_modes(said, head)
                        for n in range(size):
                            weights[n] = (
                                back * backward[head, n]
                                + here * by_content[n]
                                + on * forward[head, n]
                            )
                    else:
                        copy(by_content, weights)
                    read = outputs[b, t, units + head * width : units + (head + 1) * width]
                    read[:] = ZERO
                    add_transposed_product(memory, weights, read)
                copy_rows(states.read_weights[b], steps.read_weights[b, t])
        last = outputs.shape[1] - 1
        for b in range(block[0], block[1]):
            row, new = b - start, (last + 1) % 2
            copy_rows(room.memories[row, new], states.memory[b])
            if linked:
                copy_rows(room.links[row, new], states.link[b])
                copy(room.precedences[row], states.precedence[b])
            copy(outputs[b, last], states.output[b])
            copy(steps.carry[b, last], states.carry[b])
            copy(steps.write_weights[b, last], states.write_weights[b])


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
    spare,
):
    for n in range(usage.shape[0]):
        usage[n] = ONE - (ONE - usage[n]) * (ONE - written[n])
    for head in range(read_weights.shape[0]):
        keep(usage, sigmoid(said.free_gates[head]), read_weights[head])
    allocation.allocate(usage, order, allocated, spare)
    content.content_weights(said.write_key, said.write_strength[0], memory, inverse, by_content)
    at_free, gate = sigmoid(said.allocation_gate[0]), sigmoid(said.write_gate[0])
    for n in range(usage.shape[0]):
        write_weights[n] = gate * (by_content[n] + at_free * (allocated[n] - by_content[n]))


@compiled
def read_modes(said, head):
    """Returns the shares of a head's reading backward, by content and forward."""
    raw = said.read_modes
    back, here, on = raw[3 * head], raw[3 * head + 1], raw[3 * head + 2]
    largest = max(max(back, here), on)
    back, here, on = exp(back - largest), exp(here - largest), exp(on - largest)
    share = ONE / (back + here + on)
    return share * back, share * here, share * on


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
