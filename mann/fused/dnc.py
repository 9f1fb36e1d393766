"""Steps of a DNC and their gradients as compiled loops, a sequence of the batch after the other.

R: number of read heads. N, W: memory size and word size. S: size of the interface. U: units.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.fused import allocation, content, links
from mann.fused.vectors import (
    ONE,
    ZERO,
    add_product,
    add_transposed_product,
    compiled,
    kept,
    sigmoid,
    sigmoids,
    softmax,
    tanhs,
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
    allocated: Any  # (batch, time, N)
    write_content: Any  # (batch, time, N)
    write_weights: Any  # (batch, time, N)
    forward: Any  # (batch, time, R, N)
    backward: Any  # (batch, time, R, N)
    read_content: Any  # (batch, time, R, N)
    read_weights: Any  # (batch, time, R, N)


class Interface(NamedTuple):
    """The parts of an interface, or of its gradient, of one step and sequence."""

    read_keys: Any  # (R, W)
    read_strengths: Any  # (R,)
    write_key: Any  # (W,)
    write_strength: Any  # (1,)
    erase: Any  # (W,)
    words: Any  # (W,)
    free_gates: Any  # (R,)
    allocation_gate: Any  # (1,)
    write_gate: Any  # (1,)
    read_modes: Any  # (R, 3): backward, by content, forward; (R, 0) without links


def steps_shapes(interface_shape, states):
    """Returns the shapes of `Steps`, for an interface `(batch, time, S)` and these `States`."""
    batch, time, _ = interface_shape
    _, heads, size = states.read_weights.shape
    units = states.carry.shape[1]
    by_slot, by_head = (batch, time, size), (batch, time, heads, size)
    return Steps(
        gates=(batch, time, 4, units),
        carry=(batch, time, units),
        squashed=(batch, time, units),
        interface=interface_shape,
        usage=by_slot,
        allocated=by_slot,
        write_content=by_slot,
        write_weights=by_slot,
        forward=by_head,
        backward=by_head,
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
        raw[: heads * width].reshape((heads, width)),
        raw[heads * width : write],
        raw[write : write + width],
        raw[write + width : erase],
        raw[erase : erase + width],
        raw[erase + width : gates],
        raw[gates : gates + heads],
        raw[modes - 2 : modes - 1],
        raw[modes - 1 : modes],
        raw[modes:].reshape((heads, (raw.shape[0] - modes) // heads)),
    )


@kept
def run(rows, gates, interface, kernels, states, outputs, steps):
    """Runs a DNC over the sequences of some rows of the batch.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        gates: array `(batch, time, 4 U)`, the inputs' products.
        interface: array `(batch, time, S)`, to which the hidden state's product is added.
        kernels: tuple of arrays `(U + R W, 4 U)` and `(U, S)`, of the gates and the interface.
        states: `States` of the first step, which become those of the last.
        outputs: array `(batch, time, U + R W)` to fill.
        steps: `Steps` to fill.
    """
    units, heads, width = (
        states.carry.shape[1],
        states.read_weights.shape[1],
        states.memory.shape[1],
    )
    # What is written and what it is computed from must not be one array, or it would not vectorise.
    memories = np.empty((2, *states.memory.shape[1:]), np.float32)
    all_links = np.empty((2, *states.link.shape[1:]), np.float32)
    for b in range(rows[0], rows[1]):
        read_weights, usage = states.read_weights[b], states.usage[b]
        precedence = states.precedence[b]
        memories[0], all_links[0] = states.memory[b], states.link[b]
        inverse, order = np.empty_like(usage), np.arange(usage.shape[0])
        erase, modes = np.empty(width, np.float32), np.empty(3, np.float32)
        content.inverse_norms(memories[0], inverse)
        for t in range(outputs.shape[1]):
            memory, prev_memory = memories[(t + 1) % 2], memories[t % 2]
            link, prev_link = all_links[(t + 1) % 2], all_links[t % 2]
            output = outputs[b, t]
            raw = steps.interface[b, t]
            _controller(
                gates[b, t],
                interface[b, t],
                kernels,
                states.output[b] if t == 0 else outputs[b, t - 1],
                states.carry[b] if t == 0 else steps.carry[b, t - 1],
                output[:units],
                steps.gates[b, t],
                steps.carry[b, t],
                steps.squashed[b, t],
                raw,
            )
            said = split_interface(raw, heads, width)

            write_weights = steps.write_weights[b, t]
            written = states.write_weights[b] if t == 0 else steps.write_weights[b, t - 1]
            for n in range(usage.shape[0]):
                usage[n] = ONE - (ONE - usage[n]) * (ONE - written[n])
            for head in range(heads):
                keep(usage, sigmoid(said.free_gates[head]), read_weights[head])
            steps.usage[b, t] = usage
            allocated, by_content = steps.allocated[b, t], steps.write_content[b, t]
            allocation.allocate(usage, order, allocated)
            content.content_weights(
                said.write_key, said.write_strength[0], prev_memory, inverse, by_content
            )
            at_free, gate = sigmoid(said.allocation_gate[0]), sigmoid(said.write_gate[0])
            for n in range(usage.shape[0]):
                write_weights[n] = gate * (by_content[n] + at_free * (allocated[n] - by_content[n]))
            sigmoids(said.erase, erase)
            write(prev_memory, write_weights, erase, said.words, memory)

            linked = said.read_modes.shape[1] > 0
            forward, backward = steps.forward[b, t], steps.backward[b, t]
            if linked:
                links.write_and_follow(
                    prev_link, write_weights, precedence, read_weights, link, forward, backward
                )
                precede(precedence, write_weights, precedence)
            else:
                forward[:], backward[:] = ZERO, ZERO
            content.inverse_norms(memory, inverse)
            for head in range(heads):
                by_content, weights = steps.read_content[b, t, head], read_weights[head]
                content.content_weights(
                    said.read_keys[head], said.read_strengths[head], memory, inverse, by_content
                )
                if linked:
                    softmax(said.read_modes[head], modes)
                    back, here, on = modes[0], modes[1], modes[2]
                    for n in range(usage.shape[0]):
                        weights[n] = (
                            back * backward[head, n] + here * by_content[n] + on * forward[head, n]
                        )
                else:
                    weights[:] = by_content
                read = output[units + head * width : units + (head + 1) * width]
                read[:] = ZERO
                add_transposed_product(memory, weights, read)
            steps.read_weights[b, t] = read_weights
        last = outputs.shape[1] - 1
        states.memory[b], states.link[b] = memories[(last + 1) % 2], all_links[(last + 1) % 2]
        states.output[b] = outputs[b, last]
        states.carry[b] = steps.carry[b, last]
        states.write_weights[b] = steps.write_weights[b, last]


@compiled
def _controller(
    inputs, shortcut, kernels, prev_output, prev_carry, hidden, gates, carry, squashed, raw
):
    recurrent, to_interface = kernels
    units = carry.shape[0]
    summed = inputs.copy()
    add_product(prev_output, recurrent, summed)
    sigmoids(summed[: 2 * units], gates[:2].reshape(2 * units))
    tanhs(summed[2 * units : 3 * units], gates[2])
    sigmoids(summed[3 * units :], gates[3])
    for k in range(units):
        carry[k] = gates[1, k] * prev_carry[k] + gates[0, k] * gates[2, k]
    tanhs(carry, squashed)
    for k in range(units):
        hidden[k] = gates[3, k] * squashed[k]
    raw[:] = shortcut
    add_product(hidden, to_interface, raw)


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
