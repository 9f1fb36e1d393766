"""Addressing: the functions against loops in NumPy, on constructed and degenerate input."""

import numpy as np
import pytest
from keras import ops
from on_tensors import on_tensors

from mann.ops import addressing

addressing = on_tensors(addressing)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def distributions(*shape, seed=0):
    weights = np.random.default_rng(seed).uniform(size=shape).astype("float32") ** 4
    return weights / weights.sum(-1, keepdims=True)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("batch", "heads"), [(2, 3), (1, 1)])
def test_content_weights_follow_the_cosine(masked, batch, heads):
    keys, memory = random(batch, heads, 4), random(batch, 4, 5, seed=1)
    strengths = np.abs(random(batch, heads, seed=2)) * 5
    masks = np.random.default_rng(3).uniform(size=(batch, heads, 4)).astype("float32")
    got = addressing.content_weights(keys, memory, strengths, masks if masked else None)
    assert got.shape == (batch, heads, 5)
    for b, r in np.ndindex(batch, heads):
        mask = masks[b, r] if masked else np.ones(4)
        key, rows = keys[b, r] * mask, memory[b].T * mask
        norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(key)
        want = np.exp(strengths[b, r] * (rows @ key) / norms)
        np.testing.assert_allclose(got[b, r], want / want.sum(), atol=1e-5)


def test_a_mask_hides_the_parts_of_a_word_that_do_not_count():
    memory = np.array([[[1, -1, 1], [5, 5, -5]]], "float32")
    got = addressing.content_weights(
        np.array([[[1, -1]]], "float32"),
        memory,
        np.full((1, 1), 40, "float32"),
        np.array([[[1, 0]]], "float32"),
    )
    # By the first number of a word alone, slots 0 and 2 are what the key asks for.
    np.testing.assert_allclose(got[0, 0], [0.5, 0, 0.5], atol=1e-5)


def test_no_strength_is_a_strength_of_one():
    keys, memory = random(2, 3, 4), random(2, 4, 5, seed=1)
    one = addressing.content_weights(keys, memory)
    np.testing.assert_allclose(one, addressing.content_weights(keys, memory, np.ones((2, 3), "f")))


def test_an_empty_memory_is_alike_everywhere():
    got = addressing.content_weights(ops.ones((1, 2, 4)), ops.zeros((1, 4, 5)))
    np.testing.assert_allclose(got, np.full((1, 2, 5), 0.2), rtol=1e-6)


def test_an_empty_key_looks_everywhere():
    got = addressing.content_weights(ops.zeros((1, 2, 4)), random(1, 4, 5), ops.full((1, 2), 1e4))
    np.testing.assert_allclose(got, np.full((1, 2, 5), 0.2), rtol=1e-6)


def test_strength_sharpens():
    keys = ops.convert_to_tensor([[[1.0, 0.0]]])
    memory = ops.convert_to_tensor([[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]])
    for strength in (1.0, 5.0, 50.0):
        got = addressing.content_weights(keys, memory, ops.full((1, 1), strength))
        want = np.exp(strength * np.array([1, 0, -1]))
        np.testing.assert_allclose(got[0, 0], want / want.sum(), rtol=1e-4, atol=1e-6)


def test_a_very_large_strength_picks_one_slot():
    memory = np.eye(4, dtype="float32")[None]
    got = addressing.content_weights(memory[:, :2], memory, ops.full((1, 2), 1e6))
    np.testing.assert_allclose(got[0], np.eye(4)[:2], atol=1e-6)


def test_interpolation_keeps_the_place_or_leaves_it():
    weights, prev_weights = distributions(2, 3, 5), distributions(2, 3, 5, seed=1)
    gates = np.array([[0, 1, 0.25]] * 2, "float32")
    got = ops.convert_to_numpy(addressing.interpolate(weights, prev_weights, gates))
    np.testing.assert_array_equal(got[:, 0], prev_weights[:, 0])
    np.testing.assert_allclose(got[:, 1], weights[:, 1], atol=1e-7)
    np.testing.assert_allclose(
        got[:, 2], 0.25 * weights[:, 2] + 0.75 * prev_weights[:, 2], atol=1e-7
    )


@pytest.mark.parametrize("furthest", [1, 2])
def test_shift_is_a_circular_convolution(furthest):
    weights = distributions(2, 3, 7)
    shifts = distributions(2, 3, 2 * furthest + 1, seed=1)
    want = np.zeros((2, 3, 7))
    for slot in range(7):
        for move in range(-furthest, furthest + 1):
            moved = weights[..., slot] * shifts[..., move + furthest]
            want[..., (slot + move) % 7] += moved
    np.testing.assert_allclose(addressing.shift(weights, shifts), want, atol=1e-6)


@pytest.mark.parametrize(("start", "move", "end"), [(2, 1, 3), (2, -1, 1), (4, 1, 0), (0, -2, 3)])
def test_a_shift_moves_the_focus_and_wraps_round(start, move, end):
    focus = np.eye(5, dtype="float32")[None, None, start]
    shifts = np.eye(5, dtype="float32")[None, None, move + 2]
    np.testing.assert_array_equal(addressing.shift(focus, shifts)[0, 0], np.eye(5)[end])


def test_sharpen_is_a_power_over_its_sum():
    weights, sharpenings = distributions(2, 3, 7), 1 + np.abs(random(2, 3)) * 3
    want = weights.astype("float64") ** sharpenings[..., None]
    want /= want.sum(-1, keepdims=True)
    got = ops.convert_to_numpy(addressing.sharpen(weights, sharpenings))
    np.testing.assert_allclose(got, want, atol=1e-6)
    assert np.all(got.max(-1) > weights.max(-1))


def test_sharpening_by_one_changes_nothing():
    weights = distributions(2, 3, 7)
    np.testing.assert_allclose(
        addressing.sharpen(weights, np.ones((2, 3), "f")), weights, atol=1e-6
    )


def test_sharpening_without_end_leaves_the_largest():
    weights = np.array([[[0.3, 0.4, 0.0, 0.3]]], "float32")
    got = addressing.sharpen(weights, np.full((1, 1), 1e5, "f"))
    np.testing.assert_allclose(got[0, 0], [0, 1, 0, 0], atol=1e-6)


def test_hard_weights_are_one_hot_at_the_first_of_the_largest():
    weights = np.array([[[0.3, 0.4, 0.3], [0.2, 0.4, 0.4], [0.0, 0.0, 0.0]]], "float32")
    hard = addressing.harden(weights)
    np.testing.assert_array_equal(hard, np.eye(3)[None, [1, 1, 0]])
    np.testing.assert_array_equal(addressing.harden(hard), hard)
    gates = np.array([[0.0, 0.49, 0.51, 1.0]], "float32")
    np.testing.assert_array_equal(addressing.harden_gates(gates), [[0, 0, 1, 1]])


def test_least_used_slots_lowest_first_and_ties_to_the_lowest_index():
    usage = ops.convert_to_tensor([[1.0, 0.0, 0.5, 0.0], [0.3, 0.2, 0.1, 0.0]])
    got = ops.convert_to_numpy(addressing.least_used_slots(usage, 3))
    assert got.shape == (2, 3, 4)
    np.testing.assert_array_equal(got.argmax(-1), [[1, 3, 2], [3, 2, 1]])
    np.testing.assert_array_equal(got.sum(-1), np.ones((2, 3)))
