"""Parentheses: the strings that are sampled, and their targets."""

import collections
import itertools

import numpy as np
import pytest

from episodes.algorithmic import Parentheses

OPENING, CLOSING = "([{", ")]}"
PAIRS = ("()", "[]", "{}")


def assert_close_to_chance(hits, chance):
    standard_error = np.sqrt(chance * (1 - chance) / hits.size)
    assert abs(hits.mean() - chance) <= 4 * standard_error


def reduced(string):
    """Returns what is left of a string once all pairs inside it are gone."""
    shorter = string.replace("()", "").replace("[]", "").replace("{}", "")
    return string if shorter == string else reduced(shorter)


def is_balanced(string):
    return reduced(string) == ""


def can_be_completed(prefix):
    return not set(reduced(prefix)) & set(CLOSING)


def depth_of(string):
    heights = np.cumsum([1 if bracket in OPENING else -1 for bracket in string])
    return heights.max()


def read(inputs):
    """Returns the string before the end-of-string symbol."""
    kinds = inputs.shape[1] // 2
    symbols = OPENING[:kinds] + CLOSING[:kinds]
    brackets = inputs[: inputs[:, -1].argmax(), :-1].argmax(axis=1)
    return "".join(symbols[bracket] for bracket in brackets)


def draw(count, difficulty=None, task=None):
    """Returns strings and whether each is to be called balanced."""
    batch = (task or Parentheses()).sample(np.random.default_rng(0), count, difficulty)
    strings = [read(inputs) for inputs in batch.inputs]
    ends = np.array([len(string) for string in strings])
    return strings, batch.targets[np.arange(count), ends, 0] == 1


@pytest.fixture(scope="module")
def drawn():
    return draw(3000)


def test_targets_are_those_of_an_independent_checker_at_each_prefix_and_at_the_end():
    batch = Parentheses().sample(np.random.default_rng(0), 300)
    for inputs, targets, weights in zip(*batch, strict=True):
        string = read(inputs)
        expected = [can_be_completed(string[: step + 1]) for step in range(len(string))]
        expected.append(is_balanced(string))
        assert targets[: len(expected), 0].tolist() == expected
        assert weights.tolist() == [step < len(expected) for step in range(len(weights))]
        symbols = inputs[: len(expected)]
        assert (symbols.sum(axis=1) == 1).all() and set(np.unique(symbols)) <= {0, 1}
        assert np.flatnonzero(inputs[:, -1]).tolist() == [len(string)]


def test_best_answer_knows_nothing_of_brackets_to_come():
    task = Parentheses()
    for inputs, targets, _ in zip(*task.sample(np.random.default_rng(1), 50), strict=True):
        length = int(inputs[:, -1].argmax())
        for step in range(1, length):
            cut = np.concatenate([inputs[:step], inputs[length : length + 1]])
            np.testing.assert_array_equal(task.solve(cut)[:step], targets[:step])


def test_half_of_the_strings_are_balanced(drawn):
    assert_close_to_chance(drawn[1], 1 / 2)


def one_edit_away(string):
    for place in range(len(string) + 1):
        for bracket in OPENING + CLOSING:
            yield string[:place] + bracket + string[place:]
            yield string[:place] + bracket + string[place + 1 :]
    for one, other in itertools.combinations(range(len(string)), 2):
        swapped = list(string)
        swapped[one], swapped[other] = string[other], string[one]
        yield "".join(swapped)


def test_every_string_that_is_not_balanced_is_one_edit_away():
    strings, balanced = draw(200, {"length": 10})
    for string in itertools.compress(strings, ~balanced):
        assert any(is_balanced(other) for other in one_edit_away(string))


def counts_match(string):
    return all(string.count(opening) == string.count(closing) for opening, closing in PAIRS)


def test_each_edit_makes_a_third_of_the_strings_that_are_not_balanced(drawn):
    strings = list(itertools.compress(drawn[0], ~drawn[1]))
    missing = np.array([len(string) % 2 == 1 for string in strings])
    swapped = np.array([counts_match(string) for string in strings])
    assert not (missing & swapped).any()
    for edit in (missing, swapped, ~missing & ~swapped):
        assert_close_to_chance(edit, 1 / 3)


def test_a_changed_bracket_becomes_any_other():
    strings, _ = draw(4000, {"length": 2}, Parentheses(kinds=2))
    swapped = {")(", "]["}
    changed = {"(]", "[)", "((", "([", "[[", "[(", "))", "])", "]]", ")]"}
    assert {string for string in strings if len(string) == 2} == {"()", "[]"} | swapped | changed
    for string in changed:
        # Two pairs, two places and three other brackets, in a sixth of the strings; mixed kinds
        # come from either pair.
        ways = 2 if string in ("(]", "[)") else 1
        assert_close_to_chance(np.array([other == string for other in strings]), ways / 72)


def test_length_reveals_only_that_a_bracket_is_missing(drawn):
    strings, balanced = drawn
    lengths = np.array([len(string) for string in strings])
    assert not balanced[lengths % 2 == 1].any()
    # Of even strings, 3/6 are balanced and 2/6 are not.
    assert_close_to_chance(balanced[lengths % 2 == 0], 3 / 5)
    for shortest in range(2, 32, 6):
        chosen = (shortest <= lengths) & (lengths < shortest + 6) & (lengths % 2 == 0)
        assert_close_to_chance(balanced[chosen], 3 / 5)


@pytest.mark.parametrize("length", [2, 3, 16, 17, 64])
def test_a_string_has_the_given_length_rounded_down_to_even(length):
    strings, balanced = draw(200, {"length": length})
    even = length // 2 * 2
    for string, whole in zip(strings, balanced, strict=True):
        assert len(string) == even or (len(string) == even - 1 and not whole)


def test_lengths_in_training_are_uniform(drawn):
    lengths = np.array([len(string) for string in itertools.compress(*drawn)])
    # Levels from 2 to 32 are 31: two for each even length but the last.
    for length in range(2, 31, 2):
        assert_close_to_chance(lengths == length, 2 / 31)
    assert_close_to_chance(lengths == 32, 1 / 31)


@pytest.mark.parametrize("depth", [1, 2, 5, 16, 24])
def test_balanced_strings_have_exactly_the_given_depth(depth):
    strings, balanced = draw(60, {"depth": depth})
    lengths = [len(string) for string in itertools.compress(strings, balanced)]
    assert {depth_of(string) for string in itertools.compress(strings, balanced)} == {depth}
    assert min(lengths) >= 2 * depth and max(lengths) <= max(32, 2 * depth)
    if depth < 10:
        assert len(set(lengths)) > 5


def test_a_depth_and_a_length_may_both_be_given():
    strings, balanced = draw(60, {"depth": 3, "length": 20})
    chosen = list(itertools.compress(strings, balanced))
    assert {(len(string), depth_of(string)) for string in chosen} == {(20, 3)}


@pytest.mark.parametrize(
    "depths, length, expected",
    [((1, 16), 8, [1, 2, 3, 4]), ((2, 5), 32, [2, 3, 4, 5]), ((6, 16), 8, [4])],
)
def test_depths_in_training_are_uniform_over_those_the_length_allows(depths, length, expected):
    strings, balanced = draw(2000, {"length": length}, Parentheses(depth=depths))
    seen = np.array([depth_of(string) for string in itertools.compress(strings, balanced)])
    assert set(seen) == set(expected)
    for depth in expected:
        assert_close_to_chance(seen == depth, 1 / len(expected))


def paths(length, depth):
    """Returns all balanced strings of one kind that are exactly so deep."""
    strings = map("".join, itertools.product("()", repeat=length))
    return {string for string in strings if is_balanced(string) and depth_of(string) == depth}


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_strings_of_a_length_and_depth_are_sampled_uniformly(depth):
    difficulty = {"length": 10, "depth": depth}
    strings, balanced = draw(4000, difficulty, Parentheses(kinds=1))
    counts = collections.Counter(itertools.compress(strings, balanced))
    expected = paths(10, depth)
    assert set(counts) == expected
    total, chance = sum(counts.values()), 1 / len(expected)
    for count in counts.values():
        assert abs(count - total * chance) <= 4.5 * np.sqrt(total * chance * (1 - chance))


def test_each_pair_is_of_any_kind_with_equal_chance():
    strings, balanced = draw(2000, {"length": 4, "depth": 2})
    kinds = collections.Counter(string[:2] for string in itertools.compress(strings, balanced))
    assert len(kinds) == 9
    for count in kinds.values():
        assert abs(count - balanced.sum() / 9) < 4 * np.sqrt(balanced.sum() * 1 / 9 * 8 / 9)


def closes_what_it_opened(string, opening, closing):
    heights = np.cumsum([(bracket in opening) - (bracket in closing) for bracket in string])
    return heights.min() >= 0 and heights[-1] == 0


def test_no_counter_distinguishes_balanced_strings_from_others():
    strings, balanced = draw(1000, {"length": 32})
    guesses = {
        "one counter": [closes_what_it_opened(string, OPENING, CLOSING) for string in strings],
        "one for each kind": [
            all(closes_what_it_opened(string, *pair) for pair in PAIRS) for string in strings
        ],
        "counts alone": [counts_match(string) for string in strings],
    }
    for guess in map(np.array, guesses.values()):
        assert guess[balanced].all()
        assert guess[~balanced].mean() > 0.1


@pytest.mark.parametrize(
    "levels, num_steps",
    [
        ({"length": 16, "depth": 16}, 17),
        ({"length": 32, "depth": 16}, 33),
        ({"length": 33, "depth": 16}, 34),
        ({"length": 128, "depth": 24}, 129),
        ({"length": 32, "depth": 24}, 49),
    ],
)
def test_only_a_depth_beyond_training_lengthens_the_strings(levels, num_steps):
    assert Parentheses().num_steps(**levels) == num_steps


@pytest.mark.parametrize("difficulty", [{"length": 2}, {"length": 64}, {"depth": 2}, {"depth": 24}])
def test_steps_to_pad_to_hold_every_string_with_one_axis_given(difficulty):
    task = Parentheses()
    highest = {axis: high for axis, (_, high) in task.axes.items()}
    num_steps = task.num_steps(**(highest | difficulty))
    batch = task.sample(np.random.default_rng(0), 200, difficulty, num_steps)
    assert batch.weights[:, -1].any()


def test_very_long_strings():
    strings, balanced = draw(4, {"length": 1500, "depth": 40})
    assert balanced.any()
    for string in itertools.compress(strings, balanced):
        assert (len(string), depth_of(string)) == (1500, 40)
