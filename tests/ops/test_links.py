"""Temporal links: the functions against loops in NumPy, and over many writes."""

import numpy as np
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
