"""Reading, writing and erasing, and the products they are made of, against loops in NumPy."""

import numpy as np
import pytest
from on_tensors import on_tensors

from mann.ops import memory as memory_ops
from mann.ops import products

memory_ops, products = on_tensors(memory_ops), on_tensors(products)

BATCH, WIDTH, SLOTS = 2, 4, 7


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def uniform(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype("float32")


@pytest.fixture
def memory():
    return random(BATCH, WIDTH, SLOTS)


@pytest.fixture(params=[1, 2, 3])
def heads(request):
    return request.param


def test_read_is_a_weighted_sum_of_slots(memory, heads):
    weights = uniform(BATCH, heads, SLOTS)
    want = np.zeros((BATCH, heads, WIDTH))
    for b, r, i in np.ndindex(BATCH, heads, SLOTS):
        want[b, r] += weights[b, r, i] * memory[b, :, i]
    np.testing.assert_allclose(memory_ops.read(memory, weights), want, atol=1e-5)


def test_all_heads_erase_and_then_all_add(memory, heads):
    weights, erase = uniform(BATCH, heads, SLOTS), uniform(BATCH, heads, WIDTH, seed=1)
    words = random(BATCH, heads, WIDTH, seed=2)
    want = memory.copy()
    for b, i in np.ndindex(BATCH, SLOTS):
        for r in range(heads):
            want[b, :, i] *= 1 - weights[b, r, i] * erase[b, r]
        for r in range(heads):
            want[b, :, i] += weights[b, r, i] * words[b, r]
    np.testing.assert_allclose(
        memory_ops.write(memory, weights, erase, words), want, rtol=1e-5, atol=1e-5
    )


def test_writing_with_no_erasing_is_adding(memory, heads):
    weights, words = uniform(BATCH, heads, SLOTS), random(BATCH, heads, WIDTH)
    written = memory_ops.write(memory, weights, np.zeros_like(words), words)
    np.testing.assert_allclose(memory_ops.add(memory, weights, words), written, atol=1e-6)


def test_a_head_overwrites_the_slot_it_is_on_and_no_other(memory):
    weights, words = np.eye(SLOTS, dtype="f")[None, [[3]] * BATCH][0], random(BATCH, 1, WIDTH)
    want = memory.copy()
    want[:, :, 3] = words[:, 0]
    got = memory_ops.write(memory, weights, np.ones_like(words), words)
    np.testing.assert_allclose(got, want, atol=1e-6)
    np.testing.assert_allclose(memory_ops.read(got, weights), words, atol=1e-6)


def test_erase_slots_wipes_whole_slots(memory):
    slots = np.eye(SLOTS, dtype="f")[[2, 5]]
    want = memory.copy()
    want[0, :, 2] = want[1, :, 5] = 0
    np.testing.assert_array_equal(memory_ops.erase_slots(memory, slots), want)


def test_products(memory, heads):
    vectors, weights = random(BATCH, heads, WIDTH, seed=1), random(BATCH, heads, SLOTS, seed=2)
    by_slot, by_word = np.zeros((BATCH, heads, SLOTS)), np.zeros((BATCH, heads, WIDTH))
    outer = np.zeros((BATCH, WIDTH, SLOTS))
    for b, r, w, n in np.ndindex(BATCH, heads, WIDTH, SLOTS):
        by_slot[b, r, n] += vectors[b, r, w] * memory[b, w, n]
        by_word[b, r, w] += weights[b, r, n] * memory[b, w, n]
        outer[b, w, n] += vectors[b, r, w] * weights[b, r, n]
    np.testing.assert_allclose(products.products(vectors, memory), by_slot, atol=1e-5)
    np.testing.assert_allclose(products.sums(weights, memory), by_word, atol=1e-5)
    np.testing.assert_allclose(products.outer_products(weights, vectors), outer, atol=1e-5)
