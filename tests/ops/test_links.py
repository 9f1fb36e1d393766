"""Temporal links: the functions against loops in NumPy, and over many writes."""

import numpy as np
import pytest
from keras import ops
from on_tensors import on_tensors

from mann.ops import links

links = on_tensors(links)


def writes(rng, batch, slots):
    """Returns write weights that sum to at most 1, some to 1, on few slots or on many."""
    weights = rng.dirichlet(np.full(slots, rng.choice([0.05, 1.0])), size=batch)
    return (weights * rng.choice([0.3, 1.0], size=(batch, 1))).astype("float32")


def step(link, precedence, write, read):
    results = links.write_and_follow(link, write, precedence, read)
    precedence = links.precedence(precedence, write)
    return [ops.convert_to_numpy(result) for result in (*results, precedence)]


def test_links_agree_with_a_loop_over_slots():
    rng = np.random.default_rng(0)
    link, prev = np.tril(rng.uniform(size=(2, 5, 5)), -1) / 5, writes(rng, 2, 5)
    write, read = writes(rng, 2, 5), rng.uniform(size=(2, 3, 5))
    want = np.zeros((2, 5, 5))
    for b, i, j in np.ndindex(2, 5, 5):
        if i != j:
            remains = 1 - write[b, i] - write[b, j]
            want[b, i, j] = remains * link[b, i, j] + write[b, i] * prev[b, j]
    after, forward, backward, precedence = step(
        link.astype("f"), prev, write, read.astype("float32")
    )
    np.testing.assert_allclose(after, want, atol=1e-6)
    for b, r in np.ndindex(2, 3):
        np.testing.assert_allclose(forward[b, r], want[b] @ read[b, r], atol=1e-6)
        np.testing.assert_allclose(backward[b, r], want[b].T @ read[b, r], atol=1e-6)
    kept = 1 - write.sum(-1, keepdims=True)
    np.testing.assert_allclose(precedence, kept * prev + write, atol=1e-6)


def test_links_and_precedence_are_at_most_distributions_after_many_writes():
    rng = np.random.default_rng(0)
    link, precedence = np.zeros((8, 6, 6), "f"), np.zeros((8, 6), "f")
    read = rng.dirichlet(np.ones(6), size=(8, 2)).astype("f")
    for _ in range(200):
        link, forward, backward, precedence = step(link, precedence, writes(rng, 8, 6), read)
        for weights in (link, link.swapaxes(1, 2), forward, backward, precedence):
            assert np.all(weights >= -1e-6) and np.all(weights.sum(-1) <= 1 + 1e-5)
        assert not np.any(np.diagonal(link, axis1=1, axis2=2))


def test_slots_written_in_order_are_linked_in_order():
    slots = np.eye(5, dtype="float32")[None]
    link, precedence = np.zeros((1, 5, 5), "f"), np.zeros((1, 5), "f")
    for slot in range(5):
        link, forward, backward, precedence = step(link, precedence, slots[:, slot], slots)
    # Read at every slot: forward goes one up, backward one down, and neither over an end.
    np.testing.assert_array_equal(forward[0], np.eye(5, k=1))
    np.testing.assert_array_equal(backward[0], np.eye(5, k=-1))
    np.testing.assert_array_equal(precedence[0], np.eye(5)[4])


def test_a_step_without_a_write_changes_no_link():
    rng = np.random.default_rng(0)
    link, prev = (np.tril(rng.uniform(size=(1, 5, 5)), -1) / 5).astype("f"), writes(rng, 1, 5)
    after, _, _, precedence = step(link, prev, np.zeros((1, 5), "f"), np.ones((1, 1, 5), "f"))
    np.testing.assert_array_equal(after, link)
    np.testing.assert_array_equal(precedence, prev)


@pytest.mark.parametrize("heads", [1, 3])
def test_each_write_head_has_links_of_its_own(heads):
    rng = np.random.default_rng(0)
    link = np.tril(rng.uniform(size=(2, heads, 5, 5)), -1) / 5
    prev = np.stack([writes(rng, 2, 5) for _ in range(heads)], axis=1).astype("float64")
    write = np.stack([writes(rng, 2, 5) for _ in range(heads)], axis=1).astype("float64")
    read = rng.uniform(size=(2, 3, 5))
    below_each_other = link.reshape(2, heads * 5, 5)
    arguments = (x.astype("float32") for x in (below_each_other, write, prev, read))
    links_after, precedence, forward, backward = links.write_and_follow_each(*arguments)
    assert links_after.shape == (2, heads * 5, 5) and len(forward) == len(backward) == heads
    want = np.zeros((2, heads, 5, 5))
    for b, h, i, j in np.ndindex(2, heads, 5, 5):
        if i != j:
            remains = 1 - write[b, h, i] - write[b, h, j]
            want[b, h, i, j] = remains * link[b, h, i, j] + write[b, h, i] * prev[b, h, j]
    np.testing.assert_allclose(ops.reshape(links_after, want.shape), want, atol=1e-6)
    for b, h, r in np.ndindex(2, heads, 3):
        np.testing.assert_allclose(forward[h][b, r], want[b, h] @ read[b, r], atol=1e-6)
        np.testing.assert_allclose(backward[h][b, r], want[b, h].T @ read[b, r], atol=1e-6)
    kept = 1 - write.sum(-1, keepdims=True)
    np.testing.assert_allclose(precedence, kept * prev + write, atol=1e-6)


@pytest.mark.parametrize("sharp", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_modes_mix_the_ways_to_read(heads, sharp):
    rng = np.random.default_rng(0)
    modes = rng.dirichlet(np.ones(2 * heads + 1), size=(2, 4))
    ways = rng.dirichlet(np.ones(5), size=(2 * heads + 1, 2, 4))
    sharpenings = 1 + 3 * rng.uniform(size=(2, 4, 2 * heads))
    want = np.zeros((2, 4, 5))
    for b, r in np.ndindex(2, 4):
        for way in range(2 * heads + 1):
            weights = ways[way, b, r]
            if sharp and way != heads:
                weights = weights ** sharpenings[b, r, way - (way > heads)]
                weights /= weights.sum()
            want[b, r] += modes[b, r, way] * weights
    ways = [way.astype("float32") for way in ways]
    got = links.mix(
        modes.astype("float32"),
        ways[:heads],
        ways[heads],
        ways[heads + 1 :],
        sharpenings.astype("float32") if sharp else None,
    )
    np.testing.assert_allclose(got, want, atol=1e-5)
