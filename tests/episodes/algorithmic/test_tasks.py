"""Properties of every algorithmic task."""

from typing import NamedTuple

import numpy as np
import pytest

from episodes import algorithmic


class Case(NamedTuple):
    task: algorithmic.AlgorithmicTask
    # The lowest levels there are, the highest to train on and some beyond, each with the steps of
    # its longest sequence.
    extremes: list


CASES = {
    "copy": Case(
        algorithmic.Copy(),
        [({"length": 1}, 3), ({"length": 20}, 41), ({"length": 120}, 241)],
    ),
    "repeat_copy": Case(
        algorithmic.RepeatCopy(),
        [
            ({"length": 1, "repeats": 1}, 4),
            ({"length": 10, "repeats": 10}, 112),
            ({"length": 20, "repeats": 1}, 42),
            ({"length": 3, "repeats": 40}, 125),
        ],
    ),
    "associative_recall": Case(
        algorithmic.AssociativeRecall(),
        [({"items": 2}, 16), ({"items": 6}, 32), ({"items": 20}, 88)],
    ),
    "key_value_recall": Case(
        algorithmic.KeyValueRecall(key_bits=12),
        [({"items": 1}, 21), ({"items": 200}, 220), ({"items": 4096}, 4116)],
    ),
    "ngrams": Case(
        algorithmic.NGrams(length=(20, 200)),
        [({"length": 6}, 5), ({"length": 200}, 199), ({"length": 400}, 399)],
    ),
    "priority_sort": Case(
        algorithmic.PrioritySort(items=(2, 20)),
        [({"items": 1}, 3), ({"items": 20}, 37), ({"items": 50}, 91)],
    ),
    "sort": Case(
        algorithmic.Sort(),
        [({"items": 1}, 3), ({"items": 20}, 41), ({"items": 80}, 161)],
    ),
    "parentheses": Case(
        algorithmic.Parentheses(),
        [
            ({"length": 2, "depth": 1}, 3),
            ({"length": 32, "depth": 16}, 33),
            ({"length": 128, "depth": 1}, 129),
            ({"length": 128, "depth": 64}, 129),
        ],
    ),
}


def every_case(test):
    return pytest.mark.parametrize("name", CASES)(test)


def every_extreme(test):
    rows = [(name, *extreme) for name, case in CASES.items() for extreme in case.extremes]
    return pytest.mark.parametrize("name, levels, num_steps", rows)(test)


def num_steps_of(batch):
    """Returns the steps of each sequence: up to the last that counts."""
    return batch.weights.shape[1] - batch.weights[:, ::-1].argmax(axis=1)


def sequences_at(task, levels, count=20):
    rng = np.random.default_rng(0)
    return [task.draw(rng, **levels) for _ in range(count)]


def assert_equal_batches(batch, other):
    for array, expected in zip(batch, other, strict=True):
        np.testing.assert_array_equal(array, expected)


@every_extreme
def test_a_perfect_solver_has_no_wrong_bit_at_any_level(name, levels, num_steps):
    task = CASES[name].task
    batch = task.sample(np.random.default_rng(0), 20, levels, num_steps + 7)
    best = np.stack([task.solve(inputs) for inputs in batch.inputs])
    assert best.shape == batch.targets.shape
    counts = batch.weights == 1
    if name == "ngrams":
        assert ((0 < best) & (best < 1)).all()
    else:
        np.testing.assert_array_equal(best[counts], batch.targets[counts])


@every_extreme
def test_sequences_are_well_formed_at_the_extremes_of_difficulty(name, levels, num_steps):
    task = CASES[name].task
    for inputs, targets, weights in sequences_at(task, levels):
        assert inputs.shape == (len(weights), task.num_features)
        assert targets.shape == (len(weights), task.num_outputs)
        assert np.isfinite(inputs).all() and inputs.any()
        assert set(np.unique(targets)) <= {0, 1}
        assert set(np.unique(weights)) <= {0, 1}
        # A step after the last one that counts would be of no use.
        assert weights[-1] == 1


@every_extreme
def test_num_steps_are_those_of_the_longest_sequence(name, levels, num_steps):
    task = CASES[name].task
    assert task.num_steps(**levels) == num_steps
    assert max(len(weights) for _, _, weights in sequences_at(task, levels)) == num_steps


@every_case
def test_no_sequence_in_training_is_longer_than_the_highest_levels_are(name):
    task = CASES[name].task
    highest = task.num_steps(**{axis: high for axis, (_, high) in task.axes.items()})
    batch = task.sample(np.random.default_rng(0), 300, num_steps=highest)
    assert 0.8 * highest <= num_steps_of(batch).max() <= highest


@every_case
def test_lengths_vary_inside_a_batch_and_padding_is_zero(name):
    batch = CASES[name].task.sample(np.random.default_rng(0), 64)
    num_steps = num_steps_of(batch)
    assert len(np.unique(num_steps)) > 4
    assert num_steps.max() == batch.inputs.shape[1]
    padding = np.arange(batch.inputs.shape[1]) >= num_steps[:, None]
    for array in batch:
        assert array.dtype == np.float32
        assert not array[padding].any()


@every_case
def test_a_batch_is_its_sequences_padded(name):
    task, extremes = CASES[name]
    levels = [extreme[0] for extreme in extremes[:2]]
    batch = task.sample(
        np.random.default_rng(0),
        2,
        {axis: [level[axis] for level in levels] for axis in task.axes},
        num_steps=extremes[1][1] + 5,
    )
    rng = np.random.default_rng(0)
    for i, level in enumerate(levels):
        for array, values in zip(batch, task.draw(rng, **level), strict=True):
            assert array.shape[:2] == (2, extremes[1][1] + 5)
            np.testing.assert_array_equal(array[i, : len(values)], values.astype(np.float32))
            assert not array[i, len(values) :].any()


@every_case
def test_solvers_cope_with_padding(name):
    task = CASES[name].task
    for inputs, _, _ in sequences_at(task, CASES[name].extremes[1][0]):
        padded = np.pad(inputs.astype(np.float32), ((0, 9), (0, 0)))
        answers = task.solve(padded)
        assert answers.shape == (len(padded), task.num_outputs)
        np.testing.assert_array_equal(answers[:-9], task.solve(inputs))


@every_case
def test_a_seed_and_an_index_always_give_the_same_batch_and_others_do_not(name):
    task = CASES[name].task
    sampler = algorithmic.TaskSampler(task, seed=3)
    batch = sampler.batch(5, 4, num_steps=250)
    sampler.batch(6, 4)
    assert_equal_batches(sampler.batch(5, 4, num_steps=250), batch)
    assert_equal_batches(algorithmic.TaskSampler(task, 3).batch(5, 4, num_steps=250), batch)
    assert_equal_batches(sampler.batch(7, 2, num_steps=250), [array[2:] for array in batch])
    for seed, index in [(3, 9), (4, 5), ((3, 0), 5), (3, 10**15)]:
        other = algorithmic.TaskSampler(task, seed).batch(index, 4, num_steps=250)
        assert (other.inputs != batch.inputs).any(axis=(1, 2)).any()


@every_case
def test_a_batch_of_one(name):
    task = CASES[name].task
    batch = task.sample(np.random.default_rng(0), 1)
    num_steps = int(num_steps_of(batch)[0])
    assert batch.inputs.shape == (1, num_steps, task.num_features)
    assert batch.targets.shape == (1, num_steps, task.num_outputs)
    assert batch.weights.shape == (1, num_steps)


@pytest.mark.parametrize(
    "build, arguments, message",
    [
        (algorithmic.Copy, {"bits": 0}, "`bits`.*Received: 0"),
        (algorithmic.Copy, {"length": (5, 2)}, r"range of length.*Received: \(5, 2\)"),
        (algorithmic.RepeatCopy, {"bits": 8.0}, "`bits`.*Received: 8.0"),
        (algorithmic.RepeatCopy, {"length": (0, 2)}, r"range of length.*Received: \(0, 2\)"),
        (algorithmic.RepeatCopy, {"repeats": 4}, "range of repeats.*Received: 4"),
        (algorithmic.AssociativeRecall, {"bits": -1}, "`bits`.*Received: -1"),
        (algorithmic.AssociativeRecall, {"item_length": 0}, "`item_length`.*Received: 0"),
        (algorithmic.AssociativeRecall, {"items": (1, 6)}, r"of items.*first 2 or.*: \(1, 6\)"),
        (
            algorithmic.AssociativeRecall,
            {"bits": 1, "item_length": 2, "items": (2, 5)},
            "`items` must be at most 4, the number of different items.*Received: 5",
        ),
        (algorithmic.KeyValueRecall, {"key_bits": 0}, "`key_bits`.*Received: 0"),
        (algorithmic.KeyValueRecall, {"key_bits": 63}, "`key_bits` must be at most 62.*: 63"),
        (algorithmic.KeyValueRecall, {"value_bits": 2.0}, "`value_bits`.*Received: 2.0"),
        (algorithmic.KeyValueRecall, {"queries": 0}, "`queries`.*Received: 0"),
        (
            algorithmic.KeyValueRecall,
            {"key_bits": 2, "items": (2, 5)},
            "`items` must be at most 4, the number of different keys of `key_bits` 2.*Received: 5",
        ),
        (algorithmic.NGrams, {"n": 1}, "`n` must be 2 or more. Received: 1"),
        (algorithmic.NGrams, {"n": None}, "`n`.*Received: None"),
        (algorithmic.NGrams, {"length": (5, 9)}, r"of length.*first 6 or more.*: \(5, 9\)"),
        (algorithmic.PrioritySort, {"bits": True}, "`bits`.*Received: True"),
        (algorithmic.PrioritySort, {"items": (0, 9)}, r"range of items.*Received: \(0, 9\)"),
        (algorithmic.PrioritySort, {"kept": 0}, "`kept`.*Received: 0"),
        (algorithmic.PrioritySort, {"kept": 1.5}, "`kept`.*Received: 1.5"),
        (algorithmic.PrioritySort, {"kept": float("nan")}, "`kept`.*Received: nan"),
        (algorithmic.PrioritySort, {"kept": "all"}, "`kept`.*Received: 'all'"),
        (algorithmic.Sort, {"bits": "6"}, "`bits`.*Received: '6'"),
        (algorithmic.Sort, {"items": (3, 1)}, r"range of items.*Received: \(3, 1\)"),
        (algorithmic.Parentheses, {"kinds": 0}, "`kinds`.*Received: 0"),
        (algorithmic.Parentheses, {"length": (1, 32)}, r"of length.*first 2 or.*: \(1, 32\)"),
        (algorithmic.Parentheses, {"depth": (0, 4)}, r"range of depth.*Received: \(0, 4\)"),
        (algorithmic.Parentheses, {"length": (2, 31)}, "`length` 31.*at most 15.*`depth` 16"),
    ],
)
def test_wrong_arguments(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)


@pytest.mark.parametrize(
    "name, difficulty, message",
    [
        ("copy", {"length": 0}, "1 or more along 'length'. Received: 0"),
        ("copy", {"length": [3, -2]}, r"1 or more along 'length'. Received: \[3, -2\]"),
        ("copy", {"size": 3, "items": 2}, r"\['items', 'size'\].*Copy has the axes \['length'\]"),
        ("repeat_copy", {"repeats": 0}, "1 or more along 'repeats'. Received: 0"),
        ("associative_recall", {"items": 1}, "2 or more along 'items'. Received: 1"),
        ("associative_recall", {"items": 2**18 + 1}, "at most 262144, .* items.*Received: 262145"),
        ("key_value_recall", {"items": 4097}, "at most 4096, .* keys.*Received: 4097"),
        ("ngrams", {"length": 5}, "6 or more along 'length'. Received: 5"),
        ("priority_sort", {"items": 0}, "1 or more along 'items'. Received: 0"),
        ("sort", {"items": 0}, "1 or more along 'items'. Received: 0"),
        ("parentheses", {"length": 1}, "2 or more along 'length'. Received: 1"),
        ("parentheses", {"depth": 0}, "1 or more along 'depth'. Received: 0"),
        ("copy", {"length": 2.5}, "whole numbers, 1 or more along 'length'. Received: 2.5"),
        ("parentheses", {"length": 8, "depth": 5}, "`length` 8.*at most 4. Received: `depth` 5"),
    ],
)
def test_wrong_difficulty(name, difficulty, message):
    with pytest.raises(ValueError, match=message):
        CASES[name].task.sample(np.random.default_rng(0), 2, difficulty)
