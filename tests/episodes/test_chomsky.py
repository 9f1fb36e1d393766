"""The tasks of the Chomsky hierarchy, against a few lines of Python for each."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from episodes import chomsky
from episodes.algorithmic import TaskSampler


def number(bits):
    return sum(2**place for place, bit in enumerate(bits) if bit == "1")


def bits_of(value):
    """Returns the bits of a number, the least significant first, and the end."""
    return "".join("01"[value >> place & 1] for place in range(value.bit_length())) + "."


def run_stack(string):
    stack = ""
    for symbol in string:
        stack = stack[:-1] if symbol == "x" else stack + {"o": "0", "i": "1"}.get(symbol, symbol)
    return stack[::-1] + "."


def solve(string):
    left, right = string.split("=")
    solutions = [x for x in "01234" if eval(left.replace("x", x)) % 5 == int(right)]
    assert len(solutions) == 1
    return solutions[0]


def find_missing(string):
    half = len(string.rstrip("_")) // 2
    one, other = string[:half], string[half : 2 * half]
    fits = [bit for bit in "01" if one.replace("?", bit) == other or one == other.replace("?", bit)]
    assert len(fits) == 1
    return fits[0]


class Case(NamedTuple):
    task: chomsky.SymbolTask
    # The answer to a string.
    answer: callable
    # The length of a string, and the steps for its answer, at levels 1, 2, 3 and 40.
    lengths: tuple
    steps: tuple


SAME = (1, 2, 3, 40)
CASES = {
    "even_pairs": Case(
        chomsky.EvenPairs(),
        lambda s: str(sum(a != b for a, b in zip(s, s[1:], strict=False)) % 2),
        SAME,
        (1, 1, 1, 1),
    ),
    "modular_arithmetic_simple": Case(
        chomsky.ModularArithmeticSimple(), lambda s: str(eval(s) % 5), (1, 1, 3, 39), (1, 1, 1, 1)
    ),
    "parity_check": Case(
        chomsky.ParityCheck(), lambda s: str(sum(map(int, s)) % 2), SAME, (1, 1, 1, 1)
    ),
    "cycle_navigation": Case(
        chomsky.CycleNavigation(),
        lambda s: str(sum("-0+".index(step) - 1 for step in s) % 5),
        SAME,
        (1, 1, 1, 1),
    ),
    "stack_manipulation": Case(chomsky.StackManipulation(), run_stack, SAME, (2, 3, 4, 41)),
    "reverse_string": Case(chomsky.ReverseString(), lambda s: "".join(reversed(s)), SAME, SAME),
    "modular_arithmetic": Case(
        chomsky.ModularArithmetic(), lambda s: str(eval(s) % 5), SAME, (1, 1, 1, 1)
    ),
    "solve_equation": Case(chomsky.SolveEquation(), solve, (3, 3, 3, 40), (1, 1, 1, 1)),
    "duplicate_string": Case(chomsky.DuplicateString(), lambda s: s + s, SAME, (2, 4, 6, 80)),
    "missing_duplicate_string": Case(
        chomsky.MissingDuplicateString(), find_missing, (2, 2, 3, 40), (1, 1, 1, 1)
    ),
    "odds_first": Case(
        chomsky.OddsFirst(),
        lambda s: "".join(
            s[place] for odd in (1, 0) for place in range(len(s)) if place % 2 != odd
        ),
        SAME,
        SAME,
    ),
    "binary_addition": Case(
        chomsky.BinaryAddition(),
        lambda s: bits_of(sum(map(number, s.split("+")))),
        (3, 3, 3, 40),
        (4, 4, 4, 41),
    ),
    "binary_multiplication": Case(
        chomsky.BinaryMultiplication(),
        lambda s: bits_of(math.prod(map(number, s.split("*")))),
        (3, 3, 3, 40),
        (3, 3, 3, 40),
    ),
    "compute_sqrt": Case(
        chomsky.ComputeSqrt(),
        lambda s: f"{math.floor(math.sqrt(number(s[::-1]))):0{math.ceil(len(s) / 2)}b}",
        SAME,
        (1, 1, 2, 20),
    ),
    "bucket_sort": Case(
        chomsky.BucketSort(),
        lambda s: "".join(digit * s.count(digit) for digit in "01234"),
        SAME,
        SAME,
    ),
}


def every_case(test):
    return pytest.mark.parametrize("name", CASES)(test)


def sample(task, length, count=200):
    """Returns the strings of a level, with the symbols of their answers that count."""
    batch = task.sample(np.random.default_rng(0), count, {"length": length})
    strings = [task.read_string(inputs) for inputs in batch.inputs]
    answers = [
        "".join(task.answers[index] for index in targets[weights == 1])
        for targets, weights in zip(batch.targets, batch.weights, strict=True)
    ]
    return strings, answers


@every_case
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 17, 40])
def test_answers_are_those_of_plain_python(name, length):
    task, answer, *_ = CASES[name]
    for string, given in zip(*sample(task, length, 60), strict=True):
        assert given == answer(string), string


@every_case
def test_long_strings_are_answered_too(name):
    task, answer, *_ = CASES[name]
    strings, answers = sample(task, 500, 4)
    # The root of a number of 500 bits is beyond a float, and so many brackets beyond eval.
    if name not in ("compute_sqrt", "modular_arithmetic", "solve_equation"):
        assert answers == list(map(answer, strings))
    if name == "compute_sqrt":
        for root, square in zip(answers, strings, strict=True):
            assert int(root, 2) ** 2 <= int(square, 2) < (int(root, 2) + 1) ** 2


@every_case
def test_strings_and_answers_have_the_lengths_of_the_paper(name):
    case = CASES[name]
    for level, length, steps in zip(SAME, case.lengths, case.steps, strict=True):
        assert case.task.num_steps(length=level) == length + steps
        batch = case.task.sample(np.random.default_rng(0), 8, {"length": level})
        assert batch.inputs.shape == (8, length + steps, len(case.task.symbols) + 1)
        due = batch.inputs[:, :, -1]
        np.testing.assert_array_equal(due, np.tile(np.arange(length + steps) >= length, (8, 1)))
        np.testing.assert_array_equal(batch.inputs.sum(axis=2), 1)
        ends = case.task.answers[-1] == "."
        assert (batch.weights.sum(axis=1) <= steps).all()
        assert ends or (batch.weights.sum(axis=1) == steps).all()
        assert not (batch.weights * (1 - due)).any()


@every_case
def test_the_optimal_answer_is_the_target_and_padding_changes_nothing(name):
    task = CASES[name].task
    batch = task.sample(np.random.default_rng(0), 40, num_steps=130)
    best = np.stack([task.solve(inputs) for inputs in batch.inputs])
    assert best.shape == (40, 130, task.num_outputs) and batch.targets.dtype == np.int32
    counts = batch.weights == 1
    np.testing.assert_array_equal(best[counts], np.eye(task.num_outputs)[batch.targets[counts]])
    assert not batch.targets[~counts].any()


@every_case
def test_each_symbol_comes_and_is_an_answer(name):
    task = CASES[name].task
    strings, answers = sample(task, 39)
    assert set("".join(strings)) == set(task.symbols)
    assert set("".join(answers)) == set(task.answers)


# The tasks whose answers are as likely as each other.
BALANCED = ("even_pairs", "parity_check", "cycle_navigation", "reverse_string", "solve_equation")
BALANCED += ("duplicate_string", "missing_duplicate_string", "odds_first", "bucket_sort")


@pytest.mark.parametrize("name", BALANCED)
def test_answers_are_balanced(name):
    task = CASES[name].task
    _, answers = sample(task, 40, 1000)
    # Answers that are sorted start with zeros; the others may start with any symbol.
    first = "".join(answers if name == "bucket_sort" else [answer[0] for answer in answers])
    chance = 1 / len(task.answers)
    for symbol in task.answers:
        error = math.sqrt(chance * (1 - chance) / 1000)
        assert abs(first.count(symbol) / len(first) - chance) < 4 * error, symbol


def test_numbers_are_above_zero_and_signs_anywhere():
    for task, sign in ((chomsky.BinaryAddition(), "+"), (chomsky.BinaryMultiplication(), "*")):
        strings, _ = sample(task, 6, 400)
        assert {string.index(sign) for string in strings} == {1, 2, 3, 4}
        assert all("1" in part for string in strings for part in string.split(sign))


def test_any_symbol_of_a_string_given_twice_may_be_missing():
    strings, _ = sample(chomsky.MissingDuplicateString(), 7)
    assert {string.index("?") for string in strings} == set(range(6))
    assert all(string.endswith("_") for string in strings)


def test_any_digit_of_an_equation_may_be_unknown():
    strings, _ = sample(chomsky.SolveEquation(), 7, 100)
    # Such as (1+x)=4, and (x+1)=4.
    assert {string.index("x") for string in strings} == {1, 3}


def test_short_expressions_are_those_of_the_paper():
    for length, form in enumerate(("d", "-d", "(d)", "(-d)", "(dsd)", "(-dsd) (ds-d)"), 1):
        strings, _ = sample(chomsky.ModularArithmetic(), length)
        forms = {
            "".join("d" if symbol.isdigit() else symbol for symbol in string) for string in strings
        }
        expected = {
            one.replace("s", sign)
            for one in form.split()
            for sign in ("+-*" if "s" in one else "s")
        }
        assert forms == expected


@every_case
def test_a_sampler_gives_each_index_its_own_sequence(name):
    sampler = TaskSampler(CASES[name].task, seed=3)
    batch = sampler.batch(5, 4)
    for array, same, part in zip(batch, sampler.batch(5, 4), sampler.batch(7, 2), strict=True):
        np.testing.assert_array_equal(array, same)
        np.testing.assert_array_equal(array[2:], part)
    assert (sampler.batch(9, 4).inputs != batch.inputs).any()


@pytest.mark.parametrize("length", [(0, 4), (5, 2), 3, (1.5, 2)])
def test_wrong_ranges(length):
    with pytest.raises(ValueError, match="range of length must be two integers, the first 1 or"):
        chomsky.ReverseString(length)


def test_wrong_levels():
    with pytest.raises(ValueError, match="1 or more along 'length'. Received: 0"):
        chomsky.SolveEquation().sample(np.random.default_rng(0), 2, {"length": 0})
    with pytest.raises(ValueError, match=r"names \['items'\], but OddsFirst has the axes"):
        chomsky.OddsFirst().sample(np.random.default_rng(0), 2, {"items": 3})
