"""AlgorithmicTask and TaskSampler: levels, padding and seeds."""

import numpy as np
import pytest

from episodes import algorithmic


@pytest.mark.parametrize(
    "levels", [3, None, "ab", (1, 2, 3), (1.5, 2), (1, float("inf")), (None, 4), (0, 3), (4, 3)]
)
def test_ranges_that_are_none(levels):
    with pytest.raises(ValueError, match="range of width must be two integers, the first 1 or"):
        algorithmic.AlgorithmicTask(width=levels)


def test_a_range_may_be_of_one_level_or_of_whole_floats():
    axes = algorithmic.AlgorithmicTask(width=[3, 3], height=(np.int64(1), 8.0)).axes
    assert axes == {"width": (3, 3), "height": (1, 8)}
    assert all(type(level) is int for levels in axes.values() for level in levels)


def test_levels_along_other_axes_are_sampled_uniformly_with_both_ends():
    task = algorithmic.RepeatCopy(length=(2, 4), repeats=(1, 2))
    batch = task.sample(np.random.default_rng(0), 3000, {"repeats": 2})
    lengths, counts = np.unique(batch.inputs[:, :, 8].argmax(axis=1), return_counts=True)
    assert lengths.tolist() == [2, 3, 4]
    assert (abs(counts - 1000) < 4 * np.sqrt(3000 * 1 / 3 * 2 / 3)).all()
    np.testing.assert_array_equal(batch.weights.sum(axis=1), 2 * batch.inputs[..., 8].argmax(1) + 1)


def test_steps_to_pad_to_must_hold_the_longest_sequence():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="`num_steps` must be at least 11.*Received: 10"):
        algorithmic.Copy().sample(rng, 3, {"length": [2, 5, 4]}, num_steps=10)
    assert algorithmic.Copy().sample(rng, 3, {"length": [2, 5, 4]}, 11).weights.shape == (3, 11)
    with pytest.raises(ValueError, match="`num_steps` must be an integer of 1 or more.*: 11.5"):
        algorithmic.Copy().sample(rng, 3, {"length": [2, 5, 4]}, 11.5)


@pytest.mark.parametrize("draw", ["task", "sampler"])
@pytest.mark.parametrize(
    "difficulty, message",
    [
        ({"length": 2.5}, "must be whole numbers, 1 or more along 'length'. Received: 2.5"),
        ({"length": [3, 2.5, 4]}, r"whole numbers.*Received: \[3, 2.5, 4\]"),
        ({"length": float("inf")}, "whole numbers.*Received: inf"),
        ({"length": "3"}, "whole numbers.*Received: '3'"),
        ({"length": None}, "whole numbers.*Received: None"),
        ({"length": []}, r"whole numbers.*Received: \[\]"),
        ({"length": True}, "whole numbers.*Received: True"),
        ({"length": [3, 4]}, r"one for each of 3 sequences. Received: levels of shape \(2,\)"),
        (3, r"`difficulty` must be a dict.* such as \{'length': 4\}. Received: 3"),
    ],
)
def test_difficulties_that_are_none(draw, difficulty, message):
    task = algorithmic.Copy()
    with pytest.raises(ValueError, match=message):
        if draw == "task":
            task.sample(np.random.default_rng(0), 3, difficulty)
        else:
            algorithmic.TaskSampler(task).batch(0, 3, difficulty)


def test_a_level_for_each_sequence_of_a_sampler():
    sampler = algorithmic.TaskSampler(algorithmic.Copy())
    batch = sampler.batch(4, 3, {"length": [2, 5.0, 4]})
    assert batch.weights.sum(axis=1).tolist() == [2, 5, 4] and batch.weights.shape == (3, 11)
    one = sampler.batch(5, 1, {"length": 5}, num_steps=12)
    np.testing.assert_array_equal(one.inputs[0, :11], batch.inputs[1])
