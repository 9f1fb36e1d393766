"""The steps of a DNC as a compiled loop, a few sequences side by side.

R: number of read heads. N, W: memory size and word size. S: size of the interface. U: units.
"""

from typing import Any, NamedTuple

from mann.kernels import content, controller, links
from mann.kernels.access import (
    compute_read_modes,
    compute_write_weights,
    precede,
    split_interface,
    write,
)
from mann.kernels.controller import ROWS
from mann.kernels.simd import padded
from mann.kernels.vectors import (
    ZERO,
    add_transposed_product,
    allocating,
    cached,
    compiled,
    copy,
    copy_rows,
    sigmoids,
    zeros,
)


class Workspace(NamedTuple):
    """Arrays that `forward` overwrites: for `ROWS` rows side by side, or for one row.

    Links, and vectors for them, are padded to L slots, a whole number of SIMD vectors, or 0.
    """

    # Two of each: loops that update in place would not vectorise.
    memories: Any  # (ROWS, 2, W, N)
    links: Any  # (ROWS, 2, L, L)
    precedences: Any  # (ROWS, L)
    inverses: Any  # (ROWS, N)
    products: Any  # of `controller.make_workspace`
    to_link: Any  # (L,)
    from_reads: Any  # (R, L)
    forward_weights: Any  # (R, L)
    backward_weights: Any  # (R, L)
    erase: Any  # (W,)
    scratch: Any  # (3, N and the rest of its last vector)


@cached
def forward(rows, gates, interface, kernels, first, states, outputs, residuals):
    """Runs a DNC over the sequences of some rows of the batch.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        gates: array `(batch, time, 4 U)`, the inputs' products.
        interface: array `(batch, time, S)`, to which the hidden state's product is added.
        kernels: tuple of the kernels of the gates, `(U + R W, 4 U)`, and of the interface,
            `(U, S)`, both from `split_into_panels`.
        first: `States` before the first step.
        states: `States` to fill with those after the last.
        outputs: array `(batch, time, U + R W)` to fill.
        residuals: `Residuals` to fill.
    """
    _forward(
        rows,
        gates,
        interface,
        kernels,
        first,
        states,
        outputs,
        residuals,
        _workspace(first, kernels),
    )


@allocating
def _workspace(first, kernels):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    slots = padded(first.link.shape[1])
    return Workspace(
        memories=zeros((ROWS, 2, width, size)),
        links=zeros((ROWS, 2, slots, slots)),
        precedences=zeros((ROWS, slots)),
        inverses=zeros((ROWS, size)),
        products=controller.make_workspace(kernels),
        to_link=zeros((slots,)),
        from_reads=zeros((heads, slots)),
        forward_weights=zeros((heads, slots)),
        backward_weights=zeros((heads, slots)),
        erase=zeros((width,)),
        scratch=zeros((3, padded(size))),
    )


@compiled
def _forward(rows, gates, interface, kernels, first, states, outputs, residuals, workspace):
    """Takes the steps in turn, each of `ROWS` sequences side by side."""
    units, (_, heads, size) = states.carry.shape[1], states.read_weights.shape
    width, linked = states.memory.shape[1], states.link.shape[1] > 0
    forward_weights, backward_weights = workspace.forward_weights, workspace.backward_weights
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            copy_rows(first.memory[b], workspace.memories[row, 0])
            copy_rows(first.read_weights[b], states.read_weights[b])
            copy(first.usage[b], states.usage[b])
            content.inverse_norms(workspace.memories[row, 0], workspace.inverses[row])
            if linked:
                links.pad(first.link[b], workspace.links[row, 0])
                precedence = workspace.precedences[row]
                precedence[:] = ZERO
                copy(first.precedence[b], precedence[:size])
        for t in range(outputs.shape[1]):
            controller.control(
                block, t, gates, interface, kernels, first, outputs, residuals, workspace.products
            )
            for b in range(block[0], block[1]):
                row, new, old = b - start, (t + 1) % 2, t % 2
                memory, inverse = workspace.memories[row, new], workspace.inverses[row]
                parts = split_interface(residuals.interface[b, t], heads, width)
                compute_write_weights(
                    parts,
                    workspace.memories[row, old],
                    inverse,
                    states.read_weights[b],
                    first.write_weights[b] if t == 0 else residuals.write_weights[b, t - 1],
                    states.usage[b],
                    residuals.order[b, t],
                    residuals.allocated[b, t],
                    residuals.write_content[b, t],
                    residuals.write_weights[b, t],
                    workspace.scratch,
                )
                copy(states.usage[b], residuals.usage[b, t])
                weights = residuals.write_weights[b, t]
                sigmoids(parts.erase, workspace.erase)
                write(workspace.memories[row, old], weights, workspace.erase, parts.words, memory)
                content.inverse_norms(memory, inverse)
                if linked:
                    copy(weights, workspace.to_link[:size])
                    for head in range(heads):
                        copy(states.read_weights[b, head], workspace.from_reads[head, :size])
                    precedence = workspace.precedences[row]
                    links.write_and_follow(
                        workspace.links[row, old],
                        workspace.to_link,
                        precedence,
                        workspace.from_reads,
                        workspace.links[row, new],
                        forward_weights,
                        backward_weights,
                    )
                    precede(precedence, workspace.to_link, precedence)
                    copy_rows(forward_weights, residuals.forward_weights[b, t])
                    copy_rows(backward_weights, residuals.backward_weights[b, t])
                for head in range(heads):
                    weights = states.read_weights[b, head]
                    by_content = residuals.read_content[b, t, head]
                    content.content_weights(
                        parts.read_keys[head * width : (head + 1) * width],
                        parts.read_strengths[head],
                        memory,
                        inverse,
                        by_content,
                    )
                    if linked:
                        backward_mode, content_mode, forward_mode = compute_read_modes(parts, head)
                        for n in range(size):
                            weights[n] = (
                                backward_mode * backward_weights[head, n]
                                + content_mode * by_content[n]
                                + forward_mode * forward_weights[head, n]
                            )
                    else:
                        copy(by_content, weights)
                    read = outputs[b, t, units + head * width : units + (head + 1) * width]
                    read[:] = ZERO
                    add_transposed_product(memory, weights, read)
                copy_rows(states.read_weights[b], residuals.read_weights[b, t])
        last = outputs.shape[1] - 1
        for b in range(block[0], block[1]):
            row, new = b - start, (last + 1) % 2
            copy_rows(workspace.memories[row, new], states.memory[b])
            if linked:
                copy_rows(workspace.links[row, new], states.link[b])
                copy(workspace.precedences[row], states.precedence[b])
            copy(outputs[b, last], states.output[b])
            copy(residuals.carry[b, last], states.carry[b])
            copy(residuals.write_weights[b, last], states.write_weights[b])
