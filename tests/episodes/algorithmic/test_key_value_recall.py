"""Keys, their values, and what is asked of them."""

import numpy as np

from episodes import algorithmic


def split(task, inputs, items):
    """Returns the keys, the values and the queries of a sequence."""
    return (
        inputs[:items, : task.key_bits],
        inputs[:items, task.key_bits : -1],
        inputs[items:, : task.key_bits],
    )


def test_each_answer_is_the_value_that_came_with_the_key():
    task = algorithmic.KeyValueRecall(key_bits=4, value_bits=3, items=(1, 16), queries=6)
    rng = np.random.default_rng(0)
    asked = []
    for _ in range(200):
        inputs, targets, weights = task.draw(rng, items=9)
        keys, values, queries = split(task, inputs, 9)
        assert len(np.unique(keys, axis=0)) == 9
        assert not inputs[9:, 4:-1].any()
        assert inputs[:, -1].tolist() == weights.tolist() == [0] * 9 + [1] * 6
        places = [(keys == query).all(axis=1).argmax() for query in queries]
        np.testing.assert_array_equal(queries, keys[places])
        np.testing.assert_array_equal(targets[9:], values[places])
        assert not targets[:9].any()
        asked += places
    counts = np.bincount(asked, minlength=9)
    assert abs(counts - 1200 / 9).max() < 5 * np.sqrt(1200 / 9)


def test_bits_are_drawn_with_even_chances():
    task = algorithmic.KeyValueRecall(items=(2, 2000))
    keys, values, _ = split(task, task.draw(np.random.default_rng(0), items=2000)[0], 2000)
    assert abs(keys.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(2000)
    assert abs(values.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(2000)


def test_all_keys_there_are_can_come_and_the_longest_are_drawn():
    few = algorithmic.KeyValueRecall(key_bits=3, items=(8, 8))
    keys, *_ = split(few, few.draw(np.random.default_rng(0), items=8)[0], 8)
    assert len(np.unique(keys, axis=0)) == 8
    longest = algorithmic.KeyValueRecall(key_bits=62, items=(1, 500))
    keys, *_ = split(longest, longest.draw(np.random.default_rng(0), items=500)[0], 500)
    assert keys[:, -1].any() and not keys[:, -1].all()
