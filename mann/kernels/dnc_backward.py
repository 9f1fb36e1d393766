"""The gradient of the steps of a DNC, as a compiled loop. Letters as in dnc_forward.py."""

from typing import Any, NamedTuple

from mann.kernels import allocation, content, controller, links
from mann.kernels.access import precede, split_interface, write
from mann.kernels.access_gradient import (
    precede_gradient,
    read_gradient,
    usage_gradient,
    weights_gradient,
    write_gradient,
)
from mann.kernels.controller import ROWS
from mann.kernels.simd import padded
from mann.kernels.vectors import (
    ONE,
    ZERO,
    add_scaled,
    allocating,
    cached,
    compiled,
    copy,
    copy_rows,
    empty,
    sigmoids,
    zeros,
)


class Workspace(NamedTuple):
    """Arrays that `backward` overwrites: for `ROWS` rows side by side, or for one row.

    Links, and vectors for them, are padded to L slots, a whole number of SIMD vectors, or 0.
    """

    memories: Any  # (ROWS, time + 1, W, N)
    erase: Any  # (ROWS, time, W)
    inverses: Any  # (ROWS, N)
    links: Any  # (ROWS, time, L, L)
    precedences: Any  # (ROWS, time, L)
    to_links: Any  # (ROWS, time, L)
    d_links: Any  # (ROWS, L, L)
    d_precedences: Any  # (ROWS, L)
    products: Any  # of `controller.make_workspace`
    from_reads: Any  # (R, L)
    d_to_link: Any  # (L,)
    d_forward: Any  # (R, L)
    d_backward: Any  # (R, L)
    d_from_reads: Any  # (R, L)
    d_prev_reads: Any  # (R, N)
    d_allocated: Any  # (N,)
    d_content: Any  # (N,)
    scratch: Any  # (3, N and the rest of its last vector)


@cached
def backward(rows, d_outputs, kernels, first, residuals, d_last, d_states, d_gates, d_interface):
    """Computes the gradient of `dnc_forward.forward` for some rows of the batch.

    Memories and links are recomputed, as they are too large to keep for all rows: `ROWS` at a time
    take `4 * ROWS * time * N^2` bytes of links.

    Args:
        rows: tuple of the first of the rows and the one after the last.
        d_outputs: array `(batch, time, U + R W)`, the gradient of the outputs.
        kernels: tuple of the transposed kernels of `forward`, from `split_into_panels`.
        first: `States` before the first step.
        residuals: `Residuals` of `forward`.
        d_last: `States`, the gradient of those after the last step.
        d_states: `States` to fill with the gradient of `first`.
        d_gates: array `(batch, time, 4 U)` to fill.
        d_interface: array `(batch, time, S)` to fill.
    """
    workspace = _workspace(first, kernels, d_outputs.shape[1])
    _backward(
        rows,
        d_outputs,
        kernels,
        first,
        residuals,
        d_last,
        d_states,
        d_gates,
        d_interface,
        workspace,
    )


@allocating
def _workspace(first, kernels, times):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    slots = padded(first.link.shape[1])
    return Workspace(
        memories=empty((ROWS, times + 1, width, size)),
        erase=zeros((ROWS, times, width)),
        inverses=zeros((ROWS, size)),
        links=empty((ROWS, times, slots, slots)),
        precedences=zeros((ROWS, times, slots)),
        to_links=zeros((ROWS, times, slots)),
        d_links=zeros((ROWS, slots, slots)),
        d_precedences=zeros((ROWS, slots)),
        products=controller.make_workspace(kernels),
        from_reads=zeros((heads, slots)),
        d_to_link=zeros((slots,)),
        d_forward=zeros((heads, slots)),
        d_backward=zeros((heads, slots)),
        d_from_reads=zeros((heads, slots)),
        d_prev_reads=zeros((heads, size)),
        d_allocated=zeros((size,)),
        d_content=zeros((size,)),
        scratch=zeros((3, padded(size))),
    )


@compiled
def _backward(
    rows, d_outputs, kernels, first, residuals, d_last, d_states, d_gates, d_interface, workspace
):
    """Computes the memories and links of `ROWS` sequences again, then goes back step by step."""
    times, (_, width, size) = d_outputs.shape[1], first.memory.shape
    heads, linked = first.read_weights.shape[1], first.link.shape[1] > 0
    units, d_prev_reads = first.carry.shape[1], workspace.d_prev_reads
    d_to_link, d_from_reads = workspace.d_to_link, workspace.d_from_reads
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            copy_rows(first.memory[b], workspace.memories[row, 0])
            copy(d_last.output[b], d_states.output[b])
            copy(d_last.carry[b], d_states.carry[b])
            copy(d_last.usage[b], d_states.usage[b])
            copy(d_last.write_weights[b], d_states.write_weights[b])
            copy_rows(d_last.memory[b], d_states.memory[b])
            copy_rows(d_last.read_weights[b], d_states.read_weights[b])
            if linked:
                links.pad(first.link[b], workspace.links[row, 0])
                links.pad(d_last.link[b], workspace.d_links[row])
                precedence, d_precedence = (
                    workspace.precedences[row, 0],
                    workspace.d_precedences[row],
                )
                precedence[:], d_precedence[:] = ZERO, ZERO
                copy(first.precedence[b], precedence[:size])
                copy(d_last.precedence[b], d_precedence[:size])
                for t in range(times):
                    copy(residuals.write_weights[b, t], workspace.to_links[row, t, :size])
            _recompute(
                residuals.interface[b],
                residuals.write_weights[b],
                heads,
                workspace.memories[row],
                workspace.erase[row],
                workspace.links[row],
                workspace.to_links[row],
                workspace.precedences[row],
            )
            content.inverse_norms(workspace.memories[row, times], workspace.inverses[row])
        for t in range(times - 1, -1, -1):
            for b in range(block[0], block[1]):
                row, weights = b - start, residuals.write_weights[b, t]
                prev_memory, inverse = workspace.memories[row, t], workspace.inverses[row]
                parts = split_interface(residuals.interface[b, t], heads, width)
                d_parts = split_interface(d_interface[b, t], heads, width)
                prev_reads = first.read_weights[b] if t == 0 else residuals.read_weights[b, t - 1]
                d_output, d_memory = d_states.output[b], d_states.memory[b]
                d_weights, d_usage = d_states.write_weights[b], d_states.usage[b]
                add_scaled(ONE, d_outputs[b, t], d_output)
                read_gradient(
                    workspace.memories[row, t + 1],
                    inverse,
                    parts,
                    residuals.read_weights[b, t],
                    residuals.read_content[b, t],
                    residuals.forward_weights[b, t],
                    residuals.backward_weights[b, t],
                    d_output[units:],
                    d_states.read_weights[b],
                    d_memory,
                    d_parts,
                    workspace,
                )
                d_prev_reads[:] = ZERO
                if linked:
                    to_link, precedence = workspace.to_links[row, t], workspace.precedences[row, t]
                    d_precedence = workspace.d_precedences[row]
                    d_to_link[:], d_from_reads[:] = ZERO, ZERO
                    for head in range(heads):
                        copy(prev_reads[head], workspace.from_reads[head, :size])
                    precede_gradient(precedence, to_link, d_precedence, d_to_link)
                    links.write_and_follow_gradient(
                        workspace.links[row, t],
                        to_link,
                        precedence,
                        workspace.from_reads,
                        workspace.d_forward,
                        workspace.d_backward,
                        workspace.d_links[row],
                        d_to_link,
                        d_precedence,
                        d_from_reads,
                        workspace.scratch,
                    )
                    add_scaled(ONE, d_to_link, d_weights)
                    copy_rows(d_from_reads, d_prev_reads)
                write_gradient(
                    prev_memory,
                    weights,
                    workspace.erase[row, t],
                    parts.words,
                    d_memory,
                    d_weights,
                    d_parts,
                )
                content.inverse_norms(prev_memory, inverse)
                weights_gradient(
                    prev_memory,
                    inverse,
                    parts,
                    residuals.write_content[b, t],
                    residuals.allocated[b, t],
                    d_weights,
                    d_memory,
                    d_parts,
                    workspace,
                )
                allocation.allocate_gradient(
                    residuals.usage[b, t],
                    residuals.order[b, t],
                    workspace.d_allocated,
                    d_usage,
                    workspace.scratch[0],
                )
                usage_gradient(
                    first.usage[b] if t == 0 else residuals.usage[b, t - 1],
                    first.write_weights[b] if t == 0 else residuals.write_weights[b, t - 1],
                    prev_reads,
                    parts.free_gates,
                    d_usage,
                    d_prev_reads,
                    d_parts.free_gates,
                    workspace.scratch,
                )
                copy_rows(d_prev_reads, d_states.read_weights[b])
                # The write weights take no part in the gradient of the usage.
                d_weights[:] = ZERO
            controller.control_gradient(
                block,
                t,
                kernels,
                first,
                residuals,
                d_states,
                d_gates,
                d_interface,
                workspace.products,
            )
        if linked:
            for b in range(block[0], block[1]):
                copy_rows(workspace.d_links[b - start], d_states.link[b])
                copy(workspace.d_precedences[b - start], d_states.precedence[b])


@compiled
def _recompute(interface, write_weights, heads, memories, erase, all_links, to_links, precedences):
    """Sets memories, links and precedences before each step, and the memory after the last."""
    times, linked = interface.shape[0], all_links.shape[1] > 0
    for t in range(times):
        parts = split_interface(interface[t], heads, memories.shape[1])
        sigmoids(parts.erase, erase[t])
        write(memories[t], write_weights[t], erase[t], parts.words, memories[t + 1])
        if linked and t + 1 < times:
            links.write(all_links[t], to_links[t], precedences[t], all_links[t + 1])
            precede(precedences[t], to_links[t], precedences[t + 1])
