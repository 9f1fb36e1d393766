"""GraphTask: a graph given as triples, a query, and an answer of triples."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_integer, check_number, check_positive
from episodes.algorithmic.base import AlgorithmicTask
from episodes.wording import count

BLANK = -1
BASE = 10
# Path lengths to try before a lesson counts as impossible, and graphs to try for each length.
_PATHS, _GRAPHS = 20, 100


class Puzzle(NamedTuple):
    """A graph and a query about it. A triple is `(source, edge, destination)`, each a label.

    Attributes:
        triples: int array `(edges, 3)`, the graph in the order in which it is shown.
        query: int array `(queries, 3)`, with `BLANK` for the labels that the answer fills in.
        answer: int array `(answers, 3)`.
        spare: further steps after those of the answer.
    """

    triples: np.ndarray
    query: np.ndarray
    answer: np.ndarray
    spare: int = 0


class GraphTask(AlgorithmicTask):
    """Base of the graph tasks: lessons from small graphs to large ones, and steps of digits.

    A step shows one triple. Each of its labels is a number of `digits` decimal digits, each of them
    one-hot; a blank is zeros. The features of a step are: 1 if the model's last answer is to take
    the place of the triple; the triple; 1 in the query; 1 in the answer. In the answer phase, a
    step shows the answer of the step before it: the right one, or the model's own.

    Args:
        lessons: sequence of tuples, the levels of the axis `lesson`, each as the task describes.
        digits: decimal digits of a label. Defaults to 3, of 1,000 labels.
        teacher_forcing: chance that an answer step of training is shown the right answer of the
            step before. Defaults to 1.
        planning: empty steps between query and answer. Defaults to 0.

    Raises:
        ValueError: if there is no lesson, a lesson does not fit the task, or a number is out of
            range.

    References:
        Graves et al., "Hybrid computing using a neural network with dynamic external memory",
        Nature, 2016.
    """

    # The name of each number of a lesson, and its lowest value: the size of the graph first, the
    # number of edges that lead to the answer last.
    fields = {}
    # The names of the labels of edges, if a label always means the same.
    edge_names = ()

    def __init__(self, lessons, digits=3, teacher_forcing=1.0, planning=0):
        self.lessons = tuple(tuple(lesson) for lesson in lessons)
        self.digits = check_positive("digits", digits)
        self.num_labels = BASE**digits
        if not self.lessons:
            raise ValueError("Argument `lessons` must name one lesson or more. Received: ().")
        check_number("teacher_forcing", teacher_forcing, most=1)
        self.teacher_forcing = teacher_forcing
        self.planning = check_integer("planning", planning, least=0)
        for lesson in self.lessons:
            self._check_lesson(lesson)
        super().__init__(lesson=(1, len(self.lessons)))
        if self.num_labels < len(self.edge_names):
            raise ValueError(
                f"Argument `digits` must give labels to {count(len(self.edge_names), 'kind')} of "
                f"edges. Received: {digits}. Raise it."
            )
        self.num_outputs = (3 * digits, BASE)
        self.num_features = 3 * digits * BASE + 3

    def _check_lesson(self, lesson):
        names = tuple(self.fields)
        whole = all(isinstance(number, (int, np.integer)) for number in lesson)
        if (
            len(lesson) != len(names)
            or not whole
            or any(
                number < least for number, least in zip(lesson, self.fields.values(), strict=True)
            )
        ):
            least = ", ".join(f"{name} ({low} or more)" for name, low in self.fields.items())
            raise ValueError(
                f"A lesson of {type(self).__name__} must be whole numbers: {least}. "
                f"Received: {lesson}."
            )
        if lesson[0] > self.num_labels:
            raise ValueError(
                f"A lesson has {lesson[0]} {names[0]}, more than the {self.num_labels} labels of "
                f"{self.digits} digits: raise `digits` or lower `lessons`."
            )

    def broadcast_levels(self, difficulty, batch_size):
        levels = super().broadcast_levels(difficulty, batch_size)
        if "lesson" in levels and levels["lesson"].max() > len(self.lessons):
            raise ValueError(
                f"Argument `difficulty` must be at most {len(self.lessons)} along 'lesson', the "
                f"number of lessons. Received: {difficulty['lesson']!r}."
            )
        return levels

    def puzzle(self, rng, lesson, **numbers):
        """Returns a `Puzzle` of a lesson, counted from 1.

        Each number of it is sampled from that of the first lesson up to its own.

        Args:
            rng: NumPy generator.
            lesson: number of the lesson.
            **numbers: numbers to take as they are instead, such as `path=3`.

        Raises:
            ValueError: if no such puzzle is found.
        """
        ranges = {
            name: sorted(pair)
            for name, *pair in zip(
                self.fields, self.lessons[0], self.lessons[lesson - 1], strict=True
            )
        }
        ranges |= {name: (number, number) for name, number in numbers.items()}
        self._check_lesson(tuple(high for _, high in ranges.values()))
        *others, path = ranges
        for number in rng.integers(*ranges[path], size=_PATHS, endpoint=True):
            # Many graphs for one length of path: otherwise short paths, easier to find, would
            # prevail.
            for _ in range(_GRAPHS):
                sampled = {name: int(rng.integers(*ranges[name], endpoint=True)) for name in others}
                puzzle = self.draw_puzzle(rng, **sampled, **{path: int(number)})
                if puzzle is not None:
                    return puzzle
        described = ", ".join(f"{name} {low} to {high}" for name, (low, high) in ranges.items())
        raise ValueError(
            f"{type(self).__name__} finds no graph that has {described}: choose other numbers."
        )

    def draw_puzzle(self, rng, **numbers):
        """Returns a `Puzzle` of a random graph of these numbers, or `None` if it has none."""
        raise NotImplementedError

    def is_right(self, puzzle, answer):
        """Returns whether triples are a right answer.

        Args:
            puzzle: `Puzzle`.
            answer: int array `(answers, 3)`, the model's triples in the answer phase, spare steps
                included.
        """
        return np.array_equal(answer[: len(puzzle.answer)], puzzle.answer)

    def count_steps(self, puzzle):
        """Returns the number of steps of a puzzle."""
        parts = len(puzzle.triples), len(puzzle.query), len(puzzle.answer)
        return sum(parts) + self.planning + puzzle.spare

    def draw(self, rng, lesson):
        puzzle = self.puzzle(rng, lesson)
        return self.encode(puzzle, rng.random(len(puzzle.answer)) < self.teacher_forcing)

    def encode(self, puzzle, forced):
        """Returns `(inputs, targets, weights)` of a puzzle without the batch axis.

        Args:
            puzzle: `Puzzle`.
            forced: boolean array `(answers,)`, which answer steps are shown the right answer of the
                step before; the others are shown the model's own.

        Returns:
            Arrays `(time, num_features)`, float32; `(time, 3 * digits)`, the digits, int32; and
            `(time, 3 * digits)`, float32, 1 where a digit counts.
        """
        steps, num_given = self.count_steps(puzzle), len(puzzle.triples) + len(puzzle.query)
        first = num_given + self.planning
        shown = np.full((steps, 3), BLANK)
        shown[:num_given] = np.concatenate([puzzle.triples, puzzle.query])
        answers = slice(first, first + len(puzzle.answer))
        after_first = slice(first + 1, first + len(puzzle.answer))
        shown[after_first] = np.where(forced[1:, None], puzzle.answer[:-1], BLANK)

        inputs = np.zeros((steps, self.num_features), np.float32)
        inputs[after_first, 0] = ~forced[1:]
        inputs[answers.stop :, 0] = 1
        inputs[:, 1:-2] = self.to_one_hot(shown)
        inputs[len(puzzle.triples) : num_given, -2] = 1
        inputs[first:, -1] = 1
        targets = np.zeros((steps, 3 * self.digits), np.int32)
        targets[answers] = self.to_digits(puzzle.answer)
        weights = np.zeros(targets.shape, np.float32)
        weights[answers] = 1
        return inputs, targets, weights

    def to_digits(self, labels):
        """Returns the digits of labels `(..., n)`, an int array `(..., n * digits)`; blanks -1."""
        powers = BASE ** np.arange(self.digits)[::-1]
        digits = np.where(labels[..., None] == BLANK, BLANK, labels[..., None] // powers % BASE)
        return digits.reshape(*labels.shape[:-1], -1)

    def to_labels(self, digits):
        """Returns the labels of digits `(..., n * digits)`, an int array `(..., n)`."""
        digits = digits.reshape(*digits.shape[:-1], -1, self.digits)
        return digits @ BASE ** np.arange(self.digits)[::-1]

    def to_one_hot(self, labels):
        """Returns labels `(..., n)` digit by digit one-hot, `(..., n * digits * 10)`."""
        one_hot = self.to_digits(labels)[..., None] == np.arange(BASE)
        return one_hot.reshape(*labels.shape[:-1], -1)

    def decode_answer(self, puzzle, digits):
        """Returns the triples that a model answered.

        Args:
            puzzle: `Puzzle`.
            digits: int array `(time, 3 * digits)`, the model's digits at every step.
        """
        steps = self.count_steps(puzzle)
        first = steps - len(puzzle.answer) - puzzle.spare
        return self.to_labels(digits[first:steps])
