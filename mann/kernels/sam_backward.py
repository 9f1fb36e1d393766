"""The gradient of the steps of a SAM, as a compiled loop. Letters as in sam_forward.py.

It goes back with the one memory that the last step left, and restores in each step the rows that
the step overwrote.
"""

from typing import Any, NamedTuple

from mann.kernels import controller, layout, sparse, sparse_gradient
from mann.kernels.controller import ROWS
from mann.kernels.sam_forward import list_all_slots
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
    tanhs,
    zeros,
)


class Workspace(NamedTuple):
    """Arrays that `backward` overwrites: for `ROWS` rows side by side, or for one row."""

    rows: Any  # (ROWS, N, W)
    d_rows: Any  # (ROWS, N, W)
    d_weights: Any  # (ROWS, R, K): of the slots that a step read, by what the next one wrote there
    products: Any  # of `controller.make_workspace`
    keys: Any  # (R W,)
    words: Any  # (R W,)
    all_slots: Any  # (R, N): every slot, for each head


@cached
def backward(rows, d_outputs, kernels, first, residuals, d_last, d_states, d_gates, d_interface):
    """Computes the gradient of `sam_forward.forward` for some rows of the batch.

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
    workspace = _workspace(first, kernels, residuals.read_slots.shape[3])
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
def _workspace(first, kernels, reads):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    return Workspace(
        rows=empty((ROWS, size, width)),
        d_rows=empty((ROWS, size, width)),
        d_weights=zeros((ROWS, heads, reads)),
        products=controller.make_workspace(kernels),
        keys=zeros((heads * width,)),
        words=zeros((heads * width,)),
        all_slots=list_all_slots(heads, size),
    )


@compiled
def _backward(
    rows, d_outputs, kernels, first, residuals, d_last, d_states, d_gates, d_interface, workspace
):
    """Goes back step by step, `ROWS` sequences side by side."""
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            _begin(b, b - start, residuals, d_last, d_states, workspace)
        for t in range(d_outputs.shape[1] - 1, -1, -1):
            for b in range(block[0], block[1]):
                add_scaled(ONE, d_outputs[b, t], d_states.output[b])
                _access_gradient(
                    b, b - start, t, first, residuals, d_states, d_interface, workspace
                )
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
        for b in range(block[0], block[1]):
            layout.to_features(workspace.d_rows[b - start], d_states.memory[b])
            # The choice of slots has no gradient.
            d_states.ages[b] = ZERO


@compiled
def _begin(b, row, residuals, d_last, d_states, workspace):
    """Takes over the memory and the gradients after the last step."""
    copy_rows(residuals.rows[b], workspace.rows[row])
    copy(d_last.output[b], d_states.output[b])
    copy(d_last.carry[b], d_states.carry[b])
    layout.to_slots(d_last.memory[b], workspace.d_rows[row])
    last = residuals.read_slots.shape[1] - 1
    slots, d_weights = residuals.read_slots[b, last], workspace.d_weights[row]
    for head in range(slots.shape[0]):
        for k in range(slots.shape[1]):
            d_weights[head, k] = d_last.read_weights[b, head, slots[head, k]]


@compiled
def _access_gradient(b, row, t, first, residuals, d_states, d_interface, workspace):
    """Gradient of what step `t` read and wrote; takes the memory back to before the step."""
    width, heads = first.memory.shape[1], first.read_weights.shape[1]
    rows, d_rows, d_weights = workspace.rows[row], workspace.d_rows[row], workspace.d_weights[row]
    keys, words, oldest = workspace.keys, workspace.words, residuals.oldest[b, t]
    parts = sparse.split_interface(residuals.interface[b, t], heads, width)
    d_parts = sparse.split_interface(d_interface[b, t], heads, width)
    tanhs(parts.keys, keys)
    tanhs(parts.words, words)
    d_read = d_states.output[b, first.carry.shape[1] :]
    for head in range(heads):
        sparse_gradient.read_gradient(
            keys[head * width : (head + 1) * width],
            parts.strengths[head],
            rows,
            residuals.read_slots[b, t, head],
            residuals.read_weights[b, t, head],
            d_read[head * width : (head + 1) * width],
            d_weights[head],
            d_rows,
            d_parts.keys[head * width : (head + 1) * width],
            d_parts.strengths[head : head + 1],
        )
    if t == 0:
        sparse_gradient.write_gradient(
            parts,
            words,
            oldest,
            workspace.all_slots,
            first.read_weights[b],
            d_rows,
            d_parts,
            d_states.read_weights[b],
        )
    else:
        prev_slots = residuals.read_slots[b, t - 1]
        sparse_gradient.write_gradient(
            parts,
            words,
            oldest,
            prev_slots,
            residuals.read_weights[b, t - 1],
            d_rows,
            d_parts,
            d_weights,
        )
        sparse.restore_rows(residuals.old_rows[b, t], oldest, prev_slots, rows)
