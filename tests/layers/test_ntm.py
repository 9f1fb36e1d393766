"""NTM: its heads move by place or by content."""

import numpy as np
import pytest
from keras import ops
from memories import access, empty_state, make, make_cell, sequences

OPEN, CLOSED = 30.0, -30.0


def by_place(move, furthest=1):
    """Returns the interface of heads that move from where they are."""
    shifts = np.where(np.arange(-furthest, furthest + 1) == move, OPEN, CLOSED)
    return {"gates": CLOSED, "shifts": np.tile(shifts, 2), "sharpenings": 1.0}


@pytest.mark.parametrize(
    ("name", "start", "move", "end"),
    [
        ("ntm", 0, 0, 0),
        ("ntm", 0, 1, 1),
        ("ntm", 0, -1, 7),
        ("ntm", 7, 1, 0),
        ("ntm_far_shifts", 6, 2, 0),
    ],
)
def test_heads_move_from_where_they_are_and_wrap_round(name, start, move, end):
    cell = make_cell(name, num_read_heads=1)
    focus = np.eye(8)[None, [start]]
    state = empty_state(cell, memory=sequences(1, 4, 8), read_weights=focus, write_weights=focus)
    after, _, _ = access(cell, state, **by_place(move, cell.shift_range))
    for weights in (after.read_weights, after.write_weights):
        np.testing.assert_allclose(weights[0, 0], np.eye(8)[end], atol=1e-6)


def test_heads_go_to_the_slot_that_resembles_the_key_wherever_they_were():
    cell = make_cell("ntm")
    state = empty_state(cell, memory=np.tanh(sequences(1, 4, 8)))
    keys = np.arctanh(np.stack([state.memory[0, :, 5], state.memory[0, :, 2]])).reshape(1, -1)
    shifts = by_place(0)["shifts"]
    after, _, _ = access(cell, state, keys=keys, strengths=200.0, gates=OPEN, shifts=shifts)
    # The first key is the read head's, the second the write head's.
    np.testing.assert_allclose(after.read_weights[0, 0], np.eye(8)[5], atol=1e-3)
    np.testing.assert_allclose(after.write_weights[0, 0], np.eye(8)[2], atol=1e-3)


def test_what_is_written_is_read_a_step_later():
    cell = make_cell("ntm")
    word = np.array([[1.0, -1, 2, 0.5]])
    written, reads, _ = access(cell, empty_state(cell), words=word, erase=OPEN, **by_place(0))
    np.testing.assert_allclose(reads, np.full((1, 1, 4), 1e-6), atol=1e-7)
    _, reads, _ = access(cell, written, **by_place(0))
    np.testing.assert_allclose(ops.squeeze(reads, 1), np.tanh(word), atol=1e-4)


def test_a_sharpening_head_keeps_its_place_where_a_blunt_one_spreads():
    cell = make_cell("ntm")
    blurred = np.tile([0.2, 0.25, 0.01], 2)
    blurred = {**by_place(0), "shifts": np.log(blurred)}
    peaks = []
    for sharpening in (-10.0, 30.0):
        state = empty_state(cell, memory=sequences(1, 4, 8))
        for _ in range(5):
            state, _, _ = access(cell, state, **{**blurred, "sharpenings": sharpening})
        peaks.append(float(np.max(np.asarray(state.read_weights))))
    assert peaks[0] < 0.5 and peaks[1] > 0.99


def test_a_new_head_mostly_stays_where_it_was():
    gates = make("ntm").trace(sequences(2, 5, 3))["gates"]
    assert np.all(gates < 0.5)
