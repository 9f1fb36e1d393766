"""Allocation: the functions against loops in NumPy, and properties for any usage."""

import numpy as np
import pytest
from keras import ops
from on_tensors import on_tensors

from mann.ops import allocation

# Below and above the number of slots from which they are sorted.
SLOTS = [9, allocation.SORT_FROM + 88]
allocation = on_tensors(allocation)


def uniform(*shape, low=0.0, high=1.0, seed=0):
    return np.random.default_rng(seed).uniform(low, high, size=shape).astype("float32")


def allocate(usage):
    return ops.convert_to_numpy(allocation.allocation(np.asarray(usage, "float32")))


def loop(usage):
    allocated, product = np.zeros(len(usage)), 1.0
    for slot in np.argsort(usage, kind="stable"):
        allocated[slot] = (1 - usage[slot]) * product
        product *= usage[slot]
    return allocated


@pytest.mark.parametrize("heads", [1, 3])
def test_retention_is_the_product_over_heads(heads):
    gates, weights = uniform(2, heads), uniform(2, heads, 5, seed=1)
    want = np.prod(1 - gates[..., None] * weights, axis=1)
    np.testing.assert_allclose(allocation.retention(gates, weights), want, atol=1e-6)


@pytest.mark.parametrize("heads", [1, 3])
def test_usage_rises_where_heads_wrote_and_falls_where_slots_are_freed(heads):
    prev, writes, kept = uniform(2, 5), uniform(2, heads, 5, seed=1), uniform(2, 5, seed=2)
    written = 1 - np.prod(1 - writes, axis=1)
    want = (prev + written - prev * written) * kept
    got = allocation.usage(prev, writes, kept)
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_a_freed_slot_is_no_longer_used():
    read = np.eye(4, dtype="float32")[None, [1]]
    prev, writes = np.full((1, 4), 0.9, "f"), np.zeros((1, 1, 4), "f")
    for gate, left in ((0, 0.9), (0.5, 0.45), (1, 0)):
        kept = allocation.retention(np.full((1, 1), gate, "f"), read)
        got = allocation.usage(prev, writes, kept)
        np.testing.assert_allclose(got[0], [0.9, left, 0.9, 0.9], atol=1e-6)


def test_usage_stays_a_fraction_over_many_steps():
    rng = np.random.default_rng(0)
    usage = np.zeros((4, 6), "f")
    for _ in range(200):
        weights = rng.dirichlet(np.full(6, 0.1), size=(4, 2)).astype("f")
        kept = allocation.retention(rng.choice([0, 0.5, 1], size=(4, 2)).astype("f"), weights)
        usage = ops.convert_to_numpy(allocation.usage(usage, weights[:, ::-1], kept))
        assert np.all(usage >= 0) and np.all(usage <= 1)


@pytest.mark.parametrize("slots", SLOTS)
def test_allocation_agrees_with_a_loop(slots):
    # Well in use, so that the products over hundreds of slots do not vanish.
    usage = uniform(3, slots, low=0.97 if slots > 100 else 0.1)
    np.testing.assert_allclose(allocate(usage), [loop(row) for row in usage], atol=2e-5)


@pytest.mark.parametrize("slots", SLOTS)
def test_a_free_slot_is_allocated_and_ties_go_to_the_lowest_index(slots):
    usage = np.full((2, slots), 0.7)
    usage[0, [4, 6]] = 0
    usage[1] = 0
    got = allocate(usage)
    np.testing.assert_allclose(got[0], np.eye(slots)[4], atol=1e-5)
    np.testing.assert_allclose(got[1], np.eye(slots)[0], atol=1e-5)


@pytest.mark.parametrize("slots", SLOTS)
def test_nothing_is_allocated_where_all_is_in_use(slots):
    np.testing.assert_allclose(allocate(np.ones((1, slots))), np.zeros((1, slots)), atol=1e-6)


@pytest.mark.parametrize("slots", SLOTS)
def test_allocations_sum_to_at_most_one(slots):
    usage = np.concatenate([uniform(4, slots), np.zeros((1, slots)), np.ones((1, slots))])
    usage[2, ::2], usage[3, ::2] = 0, 1
    got = allocate(usage)
    assert np.all(got >= 0) and np.all(got.sum(-1) <= 1 + 1e-5)


@pytest.mark.parametrize("heads", [1, 3])
def test_heads_are_given_slots_one_after_the_other(heads):
    usage, gates = uniform(2, 9, low=0.1), uniform(2, heads, seed=1)
    got = allocation.allocate_in_turn(usage, gates)
    assert got.shape == (2, heads, 9)
    for row, (used, opened) in enumerate(zip(usage.astype("float64"), gates, strict=True)):
        for head in range(heads):
            want = loop(used)
            np.testing.assert_allclose(got[row, head], want, atol=2e-5)
            used = used + (1 - used) * opened[head] * want


def test_heads_that_write_are_given_different_slots_and_a_closed_one_leaves_its_slot():
    usage = np.full((1, 6), 0.9, "f")
    usage[0, [1, 4]] = 0
    for gates, slots in (([1, 1], [1, 4]), ([0, 1], [1, 1])):
        got = allocation.allocate_in_turn(usage, np.array([gates], "f"))
        np.testing.assert_allclose(got[0], np.eye(6)[slots], atol=1e-4)
