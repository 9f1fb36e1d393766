"""LRUA: where its heads write, and how usage is counted."""

import numpy as np
from keras import ops
from memories import access, empty_state, make, make_cell, sequences

OPEN, CLOSED = 30.0, -30.0


def test_heads_start_on_the_first_slot_and_weights_stay_distributions():
    trace = make("lrua").trace(sequences(2, 12, 3))
    for name in ("read_weights", "write_weights"):
        np.testing.assert_allclose(trace[name].sum(-1), 1, atol=1e-5)
        assert np.all(trace[name] >= 0)
    # Slot 0 is in use at the start, so the least used slots of the two heads are 1 and 2.
    slots = [np.flatnonzero(head).tolist() for head in trace["write_weights"][0, 0]]
    assert slots == [[0, 1], [0, 2]]


def test_in_the_paper_all_heads_share_the_least_used_slots():
    trace = make("lrua_paper").trace(sequences(2, 1, 3))
    slots = [np.flatnonzero(head).tolist() for head in trace["write_weights"][0, 0]]
    assert slots == [[0, 1, 2], [0, 1, 2]]


def test_usage_decays_and_grows_by_what_is_read_and_written():
    for name, decay in (("lrua", 0.95), ("lrua_paper", 0.99)):
        trace = make(name).trace(sequences(2, 5, 3))
        grown = trace["usage"][:, 3] - decay * trace["usage"][:, 2]
        heads = trace["read_weights"][:, 3].sum(1) + trace["write_weights"][:, 3].sum(1)
        np.testing.assert_allclose(grown, heads, atol=1e-5)


def test_a_closed_gate_writes_over_the_least_used_slot_and_an_open_one_where_it_read():
    cell = make_cell("lrua", num_read_heads=1)
    memory, usage = sequences(1, 4, 8), np.array([[5, 4, 3, 1, 2, 6, 7, 8]])
    state = empty_state(cell, memory=memory, usage=usage)
    words = np.tanh([1.0, -1, 2, 0.5])
    given = {"words": np.arctanh(words)[None]}

    wiped = memory.copy()
    wiped[:, :, 3] = 0
    for gate, slot in ((CLOSED, 3), (OPEN, 0)):
        after, _, _ = access(cell, state, write_gates=gate, **given)
        want = wiped.copy()
        want[0, :, slot] += words
        np.testing.assert_allclose(after.memory, want, atol=1e-6)


def test_heads_read_what_was_written_in_the_same_step():
    cell = make_cell("lrua", num_read_heads=1)
    word = np.array([[1.0, -1, 2, 0.5]])
    _, reads, trace = access(
        cell, empty_state(cell), keys=word, words=word, strengths=50.0, write_gates=CLOSED
    )
    np.testing.assert_allclose(ops.squeeze(reads, 0), np.tanh(word), atol=1e-3)
    np.testing.assert_allclose(trace["read_weights"][0, 0], np.eye(8)[1], atol=1e-3)
