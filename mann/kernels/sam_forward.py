"""The steps of a SAM as a compiled loop, a few sequences side by side.

R, K: number of read heads, and of slots that each reads. N, W: memory size and word size. S: size
of the interface. U: units.

Slots that no step has touched are alike and stand last, so that a step looks only at those before
them: its cost grows with the slots in use.
"""

from typing import Any, NamedTuple

import numpy as np

from mann.kernels import controller, layout, sparse
from mann.kernels.controller import ROWS
from mann.kernels.vectors import ONE, ZERO, allocating, cached, compiled, copy, empty, tanhs, zeros


class Workspace(NamedTuple):
    """Arrays that `forward` overwrites: for `ROWS` rows side by side, or for one row."""

    inverses: Any  # (ROWS, N): inverse lengths of slots
    last: Any  # (ROWS, N): step of the last access, below 0 for one before the first step
    ends: Any  # (ROWS,): end of the slots in use
    products: Any  # of `controller.make_workspace`
    keys: Any  # (R W,)
    words: Any  # (R W,)
    totals: Any  # (N,): zeros between steps
    all_slots: Any  # (R, N): every slot, for each head
    ones: Any  # (R, 1)


@cached
def forward(rows, gates, interface, kernels, first, states, outputs, residuals):
    """Runs a SAM over the sequences of some rows of the batch.

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
    workspace = _workspace(first, kernels)
    _forward(rows, gates, interface, kernels, first, states, outputs, residuals, workspace)


@allocating
def _workspace(first, kernels):
    (_, width, size), heads = first.memory.shape, first.read_weights.shape[1]
    ones = zeros((heads, 1))
    ones[:] = ONE
    return Workspace(
        inverses=empty((ROWS, size)),
        last=empty((ROWS, size)),
        ends=np.zeros(ROWS, np.intp),
        products=controller.make_workspace(kernels),
        keys=zeros((heads * width,)),
        words=zeros((heads * width,)),
        totals=zeros((size,)),
        all_slots=list_all_slots(heads, size),
        ones=ones,
    )


@allocating
def list_all_slots(heads, size):
    """Returns the number of every slot, for each head."""
    slots = np.empty((heads, size), np.int32)
    slots[:] = np.arange(size)
    return slots


@compiled
def _forward(rows, gates, interface, kernels, first, states, outputs, residuals, workspace):
    """Takes the steps in turn, each of `ROWS` sequences side by side."""
    for start in range(rows[0], rows[1], ROWS):
        block = start, min(start + ROWS, rows[1])
        for b in range(block[0], block[1]):
            row = b - start
            _begin(b, first, residuals, workspace.inverses[row], workspace.last[row])
            workspace.ends[row] = sparse.count_slots_in_use(
                residuals.rows[b], workspace.last[row], first.read_weights[b]
            )
        for t in range(outputs.shape[1]):
            controller.control(
                block,
                t,
                gates,
                interface,
                kernels,
                first,
                outputs,
                residuals,
                workspace.products,
            )
            for b in range(block[0], block[1]):
                _access(b, b - start, t, first, outputs, residuals, workspace)
        for b in range(block[0], block[1]):
            _end(b, states, outputs, residuals, workspace.last[b - start])


@compiled
def _begin(b, first, residuals, inverses, last):
    """Copies the memory, slot by slot."""
    memory, rows, ages = first.memory[b], residuals.rows[b], first.ages[b]
    layout.to_slots(memory, rows)
    for n in range(rows.shape[0]):
        inverses[n] = sparse.inverse_norm(rows[n])
        last[n] = -ONE - ages[n]


@compiled
def _access(b, row, t, first, outputs, residuals, workspace):
    """Writes to the memory of a sequence and reads it, in step `t`."""
    heads, size = first.read_weights.shape[1], first.read_weights.shape[2]
    width, reads = first.memory.shape[1], residuals.read_slots.shape[3]
    rows, inverses, last = residuals.rows[b], workspace.inverses[row], workspace.last[row]
    totals, keys, words = workspace.totals, workspace.keys, workspace.words
    parts = sparse.split_interface(residuals.interface[b, t], heads, width)
    tanhs(parts.keys, keys)
    tanhs(parts.words, words)
    oldest = residuals.oldest[b, t]
    sparse.find_oldest(last, min(workspace.ends[row] + heads, size), oldest)
    if t == 0:
        prev_slots, prev_weights = workspace.all_slots, first.read_weights[b]
    else:
        prev_slots, prev_weights = residuals.read_slots[b, t - 1], residuals.read_weights[b, t - 1]
        sparse.save_rows(rows, oldest, prev_slots, residuals.old_rows[b, t])
    sparse.write(parts, words, oldest, prev_slots, prev_weights, rows, inverses, totals)
    end = workspace.ends[row]
    for head in range(heads):
        end = max(end, np.intp(oldest[head]) + 1)
    slots, weights = residuals.read_slots[b, t], residuals.read_weights[b, t]
    units = first.carry.shape[1]
    for head in range(heads):
        span = slice(head * width, (head + 1) * width)
        sparse.read(
            keys[span],
            parts.strengths[head],
            rows,
            inverses,
            min(end + reads, size),
            slots[head],
            weights[head],
            outputs[b, t, units + span.start : units + span.stop],
            totals,
        )
    time, written = np.float32(t), oldest.reshape((heads, 1))
    end = sparse.note_accesses(time, written, workspace.ones, totals, last, end)
    end = sparse.note_accesses(time, prev_slots, prev_weights, totals, last, end)
    workspace.ends[row] = sparse.note_accesses(time, slots, weights, totals, last, end)
    sparse.clear(written, totals)
    sparse.clear(prev_slots, totals)
    sparse.clear(slots, totals)


@compiled
def _end(b, states, outputs, residuals, last):
    """Fills the states after the last step."""
    memory, rows, ages = states.memory[b], residuals.rows[b], states.ages[b]
    layout.to_features(rows, memory)
    time = outputs.shape[1] - 1
    for n in range(rows.shape[0]):
        ages[n] = np.float32(time) - last[n]
    states.read_weights[b] = ZERO
    for head in range(states.read_weights.shape[1]):
        slots, weights = residuals.read_slots[b, time, head], residuals.read_weights[b, time, head]
        for k in range(slots.shape[0]):
            states.read_weights[b, head, slots[k]] = weights[k]
    copy(outputs[b, time], states.output[b])
    copy(residuals.carry[b, time], states.carry[b])
