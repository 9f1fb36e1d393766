"""Curricula: which levels are trained on, and how they rise."""

import numpy as np
import pytest

from mann.tasks.curriculum import Curriculum, GrowingLevel


def make(name, start=3, levels=(2, 10)):
    axes = {"length": levels, "repeats": (1, 3)}
    return Curriculum(name, "length", axes, start=start, threshold=0.1, every=5)


def test_uniform_leaves_levels_to_the_task():
    curriculum = make("uniform")
    assert curriculum.first == curriculum.last == 10
    assert curriculum.sample_difficulty(np.random.default_rng(0), 8, 10) == {}


def test_doubling_doubles_and_draws_up_to_the_level():
    curriculum = make("doubling")
    assert [curriculum.raise_level(level) for level in (3, 6, 10)] == [6, 10, 10]
    levels = curriculum.sample_difficulty(np.random.default_rng(0), 2000, 6)["length"]
    np.testing.assert_allclose(np.bincount(levels)[2:], 400, atol=80)


def test_look_back_stays_at_the_level_but_for_one_in_ten():
    curriculum = make("look_back")
    assert [curriculum.raise_level(level) for level in (3, 9, 10)] == [4, 10, 10]
    levels = curriculum.sample_difficulty(np.random.default_rng(0), 10000, 5)["length"]
    assert set(levels) == {2, 3, 4, 5}
    np.testing.assert_allclose(np.mean(levels < 5), 0.1 * 3 / 4, atol=0.01)


def test_a_start_out_of_the_range_is_moved_into_it():
    assert make("doubling", start=1).first == 2 and make("look_back", start=99).first == 10


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "random"),
        ("axis", "items"),
        ("start", 0),
        ("every", 0),
        ("threshold", 1.0),
        ("threshold", -0.1),
    ],
)
def test_bad_curricula_are_named(field, value):
    fields = {"name": "doubling", "axis": "length", "start": 3, "threshold": 0.1, "every": 5}
    with pytest.raises(ValueError, match=f"curriculum.{field}.*Received.*{value}"):
        Curriculum(axes={"length": (2, 10)}, **(fields | {field: value}))


def test_a_growing_level_rises_with_the_examples():
    level = GrowingLevel(2, 5, 10)
    assert [level.get_level(seen) for seen in (0, 9, 10, 29, 30, 1000)] == [2, 2, 3, 4, 5, 5]
    assert GrowingLevel(5, 5, 0).get_level(1000) == 5
    for first, examples in ((-1, 10), (2, 0)):
        with pytest.raises(ValueError, match=f"Received: {first} and {examples}"):
            GrowingLevel(first, 5, examples)
