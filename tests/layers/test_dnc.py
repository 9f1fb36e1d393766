"""The DNC allocates and frees slots, and links them in the order of the writes."""

import numpy as np
from keras import ops
from memories import REFINEMENTS, access, empty_state, make_cell, sequences

# Fully closed: the little that a gate of -30 lets through would decide between free slots.
OPEN, CLOSED = 30.0, -200.0
ALLOCATE = {"allocation_gates": OPEN, "write_gates": OPEN}


def modes(chosen, num_read_heads=1):
    """Returns read modes of heads that go only backward, by content, or forward."""
    order = ("backward", "content", "forward")
    return np.tile([OPEN if mode == chosen else CLOSED for mode in order], num_read_heads)


def one_head(*refinements):
    return make_cell("dnc", num_read_heads=1, refinements=refinements)


def test_a_free_slot_is_allocated_and_overwritten():
    cell, memory = one_head(), sequences(1, 4, 8)
    usage = np.full((1, 8), 0.9)
    usage[0, 5] = 0
    word = np.array([1.0, -1, 2, 0.5])
    state = empty_state(cell, memory=memory, usage=usage)
    after, _, _ = access(cell, state, erase=OPEN, words=word, **ALLOCATE)
    np.testing.assert_allclose(after.write_weights[0, 0], np.eye(8)[5], atol=1e-5)
    want = memory.copy()
    want[0, :, 5] = word
    np.testing.assert_allclose(after.memory, want, atol=1e-4)


def test_a_closed_write_gate_changes_neither_the_memory_nor_its_links():
    cell = one_head()
    link = np.tril(np.full((8, 8), 0.1), -1)[None]
    state = empty_state(cell, memory=sequences(1, 4, 8), link=link, precedence=np.eye(8)[None, [3]])
    after, _, _ = access(cell, state, write_gates=CLOSED, erase=OPEN, words=1.0)
    for name in ("memory", "link", "precedence"):
        np.testing.assert_allclose(getattr(after, name), getattr(state, name), atol=1e-6)


def test_two_write_heads_are_given_different_free_slots():
    cell = make_cell("dnc_write_heads")
    usage = np.full((1, 8), 0.9)
    usage[0, [2, 5]] = 0
    after, _, _ = access(cell, empty_state(cell, usage=usage), **ALLOCATE)
    np.testing.assert_allclose(after.write_weights[0], np.eye(8)[[2, 5]], atol=1e-4)


def test_a_head_that_writes_nothing_leaves_its_slot_to_the_next():
    cell = make_cell("dnc_write_heads")
    usage = np.full((1, 8), 0.9)
    usage[0, [2, 5]] = 0
    gates = {"allocation_gates": OPEN, "write_gates": [CLOSED, OPEN]}
    after, _, _ = access(cell, empty_state(cell, usage=usage), **gates)
    np.testing.assert_allclose(after.write_weights[0], [np.zeros(8), np.eye(8)[2]], atol=1e-4)


def test_a_slot_is_freed_by_the_head_that_read_it_and_wiped_if_so_wished():
    memory = sequences(1, 4, 8)
    for refinements, left in (((), memory[0, :, 3]), (("deallocation",), 0)):
        cell = one_head(*refinements)
        state = empty_state(
            cell, memory=memory, usage=np.full((1, 8), 0.9), read_weights=np.eye(8)[None, [3]]
        )
        after, _, _ = access(cell, state, free_gates=OPEN, write_gates=CLOSED)
        np.testing.assert_allclose(after.usage[0], 0.9 * (1 - np.eye(8)[3]), atol=1e-6)
        np.testing.assert_allclose(after.memory[0, :, 3], np.broadcast_to(left, 4), atol=1e-6)
        np.testing.assert_allclose(after.memory[0, :, 4:], memory[0, :, 4:], atol=1e-6)


def test_reading_goes_along_the_order_of_writing_in_both_directions():
    for refinements in ((), REFINEMENTS):
        cell = one_head(*refinements)
        state, slots = empty_state(cell), []
        for step in range(6):
            state, _, _ = access(
                cell, state, words=step + 1.0, erase=OPEN, free_gates=CLOSED, **ALLOCATE
            )
            slots.append(int(np.argmax(np.asarray(state.write_weights))))
        assert len(set(slots)) == 6
        links = np.asarray(state.link)[0][np.ix_(slots, slots)]
        np.testing.assert_allclose(links, np.eye(6, k=-1), atol=1e-3)
        read_weights = ops.convert_to_tensor(np.eye(8, dtype="f")[None, [slots[2]]])
        state = state._replace(read_weights=read_weights)
        # From the word that was written third, the words that were written next, and before.
        for direction, words in (("forward", (4, 5, 6)), ("backward", (5, 4, 3))):
            for word in words:
                state, reads, _ = access(
                    cell,
                    state,
                    read_modes=modes(direction),
                    write_gates=CLOSED,
                    free_gates=CLOSED,
                    **({"link_strengths": 5.0} if refinements else {}),
                )
                np.testing.assert_allclose(reads, np.full((1, 1, 4), word), atol=0.02)


def test_sharp_links_lead_to_one_slot_where_plain_ones_spread():
    link = np.zeros((1, 8, 8))
    link[0, :, 3] = [0.1, 0.05, 0.4, 0, 0.3, 0.05, 0.05, 0.05]
    peaks = []
    for refinements, strengths in (((), {}), (("sharp_links",), {"link_strengths": OPEN})):
        cell = one_head(*refinements)
        state = empty_state(cell, link=link, read_weights=np.eye(8)[None, [3]])
        after, _, _ = access(
            cell, state, write_gates=CLOSED, read_modes=modes("forward"), **strengths
        )
        peaks.append(float(np.max(np.asarray(after.read_weights))))
    np.testing.assert_allclose(peaks, [0.4, 1], atol=1e-3)
