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


def test_levels_are_drawn_uniformly_with_both_ends_along_axes_not_named():
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


@pytest.mark.parametrize("seed", [-1, None, 0.5, "a", (0, -1)])
def test_seeds_that_are_none(seed):
    with pytest.raises(ValueError, match="`seed` must be a non-negative integer or a tuple"):
        algorithmic.TaskSampler(algorithmic.Copy(), seed)
