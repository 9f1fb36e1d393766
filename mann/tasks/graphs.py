"""GraphTask: trains and measures a model on a task on graphs."""

import keras
import numpy as np

from episodes import graphs
from episodes.algorithmic import TaskSampler
from episodes.algorithmic.base import pad
from episodes.wording import count
from mann.evaluation import graph_pictures, pictures, published
from mann.evaluation.measurement import Measurement, measure_in_batches
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, Task, round_up_length
from mann.tasks.curriculum import Curriculum
from mann_config.errors import UserError

TASKS = {
    "graph_traversal": graphs.Traversal,
    "graph_shortest_path": graphs.ShortestPath,
    "family_tree": graphs.FamilyTree,
}
# The fields of a config that are arguments of a task.
_FIELDS = ("lessons", "digits", "teacher_forcing", "planning")


class GraphTask(Task):
    """Graphs given as triples, and queries answered with triples.

    Args:
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation graphs.
        test_seed: seed of the test graphs.
    """

    feeds_back = True

    def __init__(self, config, seed, test_seed):
        self.name = config.name
        build = TASKS[config.name]
        self.task = build(**{field: config[field] for field in _FIELDS})
        size, *_, path = self.task.fields
        self.axes = {"size": size, "length": path}
        self.options = tuple(self.axes)
        self.test_levels = config.test_levels.to_dict()
        self.curriculum = Curriculum(axis="lesson", axes=self.task.axes, **config.curriculum)
        self.num_features = self.task.num_features
        self.num_outputs = self.task.num_outputs
        self._samplers = {
            stream: TaskSampler(self.task, (first, stream))
            for first, stream in ((seed, TRAIN), (seed, VALIDATION), (test_seed, TEST))
        }
        self._check(self.test_levels)

    def _check(self, levels):
        for axis, numbers in levels.items():
            if axis not in self.axes:
                raise ValueError(
                    f"there is no axis {axis!r}: the axes of graphs are {', '.join(self.axes)}."
                )
            for number in numbers:
                self._sample_puzzles(TEST, 1, **{self.axes[axis]: number})

    def describe(self):
        lessons = ", ".join(" ".join(map(str, lesson)) for lesson in self.task.lessons)
        return [
            f"Lessons ({', '.join(self.task.fields)} at most): {lessons}; curriculum: "
            f"{self.curriculum.name}"
        ]

    def loss(self):
        # The mean over the steps that count: the many steps that show the graph do not.
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [keras.metrics.SparseCategoricalAccuracy(name="digits")]

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        rng = self._samplers[TRAIN].rng(step)
        difficulty = self.curriculum.sample_difficulty(rng, batch_size, level)
        batch = self.task.sample(rng, batch_size, difficulty, self._num_steps(level))
        return tuple(array[rows] for array in batch)

    def _num_steps(self, lesson):
        longest = self.task.num_steps(self.curriculum.last)
        return round_up_length(self.task.num_steps(lesson), longest)

    def succeeds(self, model, level, num_examples, batch_size):
        puzzles = self._sample_puzzles(VALIDATION, num_examples, level)
        right = self.are_right(model, puzzles, batch_size, self._num_steps(level))
        return 1 - right.mean() <= self.curriculum.threshold

    def validate(self, model, num_examples, batch_size):
        puzzles = self._sample_puzzles(VALIDATION, num_examples)
        num_steps = self._num_steps(self.curriculum.last)
        right = self.are_right(model, puzzles, batch_size, num_steps)
        return Measurement("accuracy", "%", "lesson", {"last lesson": 100.0 * right})

    def evaluate(self, model, num_examples, batch_size, options=None):
        levels = options or self.test_levels
        try:
            self._check(levels)
        except ValueError as error:
            raise UserError(f"The levels to measure are wrong: {error}") from error
        puzzles = {
            (axis, level): self._sample_puzzles(TEST, num_examples, **{self.axes[axis]: level})
            for axis, numbers in levels.items()
            for level in numbers
        }
        # All padded to one length, as each length is compiled anew.
        everything = [puzzle for level in puzzles.values() for puzzle in level]
        right = self.are_right(model, everything, batch_size)
        right = dict(zip(puzzles, right.reshape(len(puzzles), -1), strict=True))
        return [
            Measurement(
                "whole answers right",
                "%",
                self.axes[axis],
                {level: 100.0 * right[axis, level] for level in numbers},
                about=f"{count(num_examples, 'graph')} at each, the model's own answers fed back",
                trained=self._get_trained_range(axis),
            )
            for axis, numbers in levels.items()
        ]

    def remarks(self, measurements, model, workdir):
        rows = published.GRAPHS[self.name]
        return [
            "Published, on larger graphs (Graves et al. 2016):",
            *(f"  {percent:5.1f}  {what}" for percent, what in rows),
        ]

    def draw(self, measurements, model, folder):
        puzzle = self._sample_puzzles(TEST, 1)[0]
        (answer,) = self.answers(model, [puzzle], 1, self.task.count_steps(puzzle))
        figure = graph_pictures.draw_graph(
            *map(self._name_triples, (puzzle.triples, puzzle.answer, answer[: len(puzzle.answer)]))
        )
        pictures.save(figure, folder / "graph.png")

    def _get_trained_range(self, axis):
        lessons = zip(*self.task.lessons, strict=True)
        numbers = dict(zip(self.task.fields, lessons, strict=True))[self.axes[axis]]
        return min(numbers), max(numbers)

    def _sample_puzzles(self, stream, count, lesson=None, **numbers):
        lesson = lesson or self.curriculum.last
        rng = self._samplers[stream].rng(lesson)
        return [self.task.puzzle(rng, lesson, **numbers) for _ in range(count)]

    def _name_triples(self, triples):
        """Returns triples as tuples of the names of their labels."""
        known = self.task.edge_names
        return [
            (str(source), known[edge] if edge < len(known) else str(edge), str(destination))
            for source, edge, destination in triples.tolist()
        ]

    def are_right(self, model, puzzles, batch_size, num_steps=None):
        """Returns a boolean array `(puzzles,)`, whether a model answers each of them right.

        Args:
            model: model from sequences to logits, which is shown its own answers.
            puzzles: list of `episodes.graphs.Puzzle`.
            batch_size: number of puzzles in a batch.
            num_steps: steps to pad to. Defaults to `None`: those of the longest puzzle.
        """
        num_steps = num_steps or max(map(self.task.count_steps, puzzles))

        def measure(first):
            part = puzzles[first : first + batch_size]
            answers = self.answers(model, part, batch_size, num_steps)
            return ([self.task.is_right(*pair) for pair in zip(part, answers, strict=True)],)

        (right,) = measure_in_batches(measure, len(puzzles), batch_size)
        return right

    def answers(self, model, puzzles, batch_size, num_steps):
        """Returns a list of the triples, `(answers, 3)`, that a model answers to a batch."""
        sequences = [
            self.task.encode(puzzle, np.zeros(len(puzzle.answer), bool)) for puzzle in puzzles
        ]
        # Padded to a full batch, as each size is compiled anew.
        filled = sequences + sequences[:1] * (batch_size - len(sequences))
        logits = np.asarray(model.predict_on_batch(pad(filled, num_steps).inputs))
        digits = logits[: len(puzzles)].argmax(axis=-1)
        return [self.task.decode_answer(*pair) for pair in zip(puzzles, digits, strict=True)]


def build(config, test_seed):
    """Returns the `GraphTask` of a config."""
    return GraphTask(config.task, config.seed, test_seed)
