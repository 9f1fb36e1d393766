"""AlgorithmicTask: trains and measures a model on an algorithmic task."""

import keras
import numpy as np

from episodes import algorithmic
from episodes.wording import count
from mann.evaluation import bits, memory_pictures, pictures, sequence_pictures
from mann.evaluation.measurement import Measurement, measure_in_batches
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, Task
from mann.tasks.curriculum import Curriculum
from mann_config.errors import UserError
from mann_config.plugins import check_arguments, pick_arguments

# From the name of a task to its class, and the fields of a config that are its arguments.
TASKS = {
    "copy": (algorithmic.Copy, ("bits", "length", "sparse")),
    "repeat_copy": (algorithmic.RepeatCopy, ("bits", "length", "repeats", "sparse")),
    "associative_recall": (algorithmic.AssociativeRecall, ("bits", "item_length", "items")),
    "ngrams": (algorithmic.NGrams, ("n", "length")),
    "priority_sort": (algorithmic.PrioritySort, ("bits", "items", "kept")),
    "sort": (algorithmic.Sort, ("bits", "items")),
    "parentheses": (algorithmic.Parentheses, ("kinds", "length", "depth")),
}

# What validations and tests leave at its default.
_OF_TRAINING = ("sparse",)
_FIELDS_OF_ANY_TASK = ("name", "curriculum", "test_levels")


class AlgorithmicTask(Task):
    """An algorithmic task, whose model answers with bits at each step of new sequences.

    Args:
        task: an `episodes.algorithmic.AlgorithmicTask`.
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation sequences.
        test_seed: seed of the test sequences.
        trained_on: the task whose sequences are trained on, which may be drawn otherwise than those
            of validations and tests.
    """

    def __init__(self, task, config, seed, test_seed, trained_on):
        self.name = config.name
        self.task = task
        self._trained_on = trained_on
        # A class that takes a field of training is made twice, with the field and without.
        self._unused = [f for f in _OF_TRAINING if config.get(f) and trained_on is task]
        self.options = tuple(self.task.axes)
        self.test_levels = config.test_levels.to_dict()
        self._check(self.test_levels)
        self.curriculum = Curriculum(axes=self.task.axes, **config.curriculum)
        self.num_features = self.task.num_features
        self.num_outputs = self.task.num_outputs
        self._samplers = {
            stream: algorithmic.TaskSampler(self.task, (first, stream))
            for first, stream in ((seed, TRAIN), (seed, VALIDATION), (test_seed, TEST))
        }

    def _check(self, difficulty):
        for axis, levels in difficulty.items():
            if axis not in self.task.axes:
                raise ValueError(
                    f"there is no axis {axis!r}: the axes of {type(self.task).__name__} are "
                    f"{', '.join(self.task.axes)}."
                )
            for level in levels:
                # Sampling checks the level: only the task knows which levels are too low.
                self.task.sample(np.random.default_rng(0), 1, {axis: level})

    def describe(self):
        ranges = [f"{axis} {low} to {high}" for axis, (low, high) in self.task.axes.items()]
        unused = [
            f"task.{field} has no effect: {self.name} does not take it." for field in self._unused
        ]
        return [f"Trained on: {', '.join(ranges)}; curriculum: {self.curriculum.name}", *unused]

    def loss(self):
        # The mean over the bits that count: with padding, short sequences would have small
        # gradients.
        return keras.losses.BinaryCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [bits.BitsPerSequence(), bits.BitErrorsPerSequence()]

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        sampler = self._samplers[TRAIN]
        rng = sampler.rng(step)
        difficulty = self.curriculum.sample_difficulty(rng, batch_size, level)
        batch = self._trained_on.sample(rng, batch_size, difficulty, self._num_steps(level))
        return tuple(array[rows] for array in batch)

    def _num_steps(self, level):
        """Returns the steps to pad to: one of a few lengths, since each is compiled anew."""
        highest = self.curriculum.last
        while highest >= 2 * level:
            highest //= 2
        return self.task.most_steps({self.curriculum.axis: highest})

    def succeeds(self, model, level, num_examples, batch_size):
        difficulty = {self.curriculum.axis: level}
        errors = self._measure(model, VALIDATION, difficulty, num_examples, batch_size)
        return errors.wrong.sum() <= self.curriculum.threshold * errors.counted.sum()

    def validate(self, model, num_examples, batch_size):
        errors = self._measure(model, VALIDATION, {}, num_examples, batch_size)
        values = {"wrong": errors.wrong, "cross-entropy": errors.bits}
        return Measurement(
            "errors", "bits per sequence", "kind", values, digits=2, higher_is_better=False
        )

    def score(self, validation):
        return -validation.mean("cross-entropy")

    def evaluate(self, model, num_examples, batch_size, options=None):
        difficulty = options or self.test_levels
        try:
            self._check(difficulty)
        except ValueError as error:
            raise UserError(f"The levels to measure are wrong: {error}") from error
        return [
            measured
            for axis, levels in difficulty.items()
            for measured in self._measure_by_level(model, axis, levels, num_examples, batch_size)
        ]

    def _measure_by_level(self, model, axis, levels, num_examples, batch_size):
        """Yields the wrong bits at levels along an axis, and the cross-entropy."""
        errors = {
            level: self._measure(model, TEST, {axis: level}, num_examples, batch_size)
            for level in levels
        }
        counted = {level: float(one.counted.mean()) for level, one in errors.items()}
        optimum = {level: float(one.optimum.mean()) for level, one in errors.items()}
        about = {
            "about": f"{count(num_examples, 'sequence')} at each level",
            "trained": self.task.axes[axis],
            "higher_is_better": False,
            "digits": 2,
        }
        yield Measurement(
            "wrong bits",
            "bits per sequence",
            axis,
            {level: one.wrong for level, one in errors.items()},
            {"guessing": {level: number / 2 for level, number in counted.items()}},
            **about,
        )
        yield Measurement(
            "cross-entropy",
            "bits per sequence",
            axis,
            {level: one.bits for level, one in errors.items()},
            {"guessing": counted, **({"optimum": optimum} if any(optimum.values()) else {})},
            **about,
        )

    def _measure(self, model, stream, difficulty, num_examples, batch_size):
        num_steps = self.task.most_steps(difficulty)

        def measure(first):
            rng = self._samplers[stream].rng(first // batch_size)
            batch = self.task.sample(rng, batch_size, difficulty, num_steps)
            optimal = np.stack([self.task.solve(inputs) for inputs in batch.inputs])
            return bits.measure_errors(
                np.asarray(model.predict_on_batch(batch.inputs)), batch, optimal
            )

        return bits.Errors(*measure_in_batches(measure, num_examples, batch_size))

    def draw(self, measurements, model, folder):
        axis, level = measurements[0].by, max(measurements[0].values)
        batch = self.task.sample(self._samplers[TEST].rng(0), 1, {axis: level})
        probabilities = 1 / (1 + np.exp(-np.asarray(model.predict_on_batch(batch.inputs))))
        figure = sequence_pictures.draw_sequence(
            *(array[0] for array in batch), probabilities[0], f"{axis} {level}"
        )
        pictures.save(figure, folder / "sequence.png")
        memory_pictures.save_picture(model, batch.inputs, folder)


def build(config, test_seed):
    """Returns the `AlgorithmicTask` of a config."""
    build_task, fields = TASKS[config.task.name]
    return _build(build_task, {field: config.task[field] for field in fields}, config, test_seed)


def build_imported(build_task, config, test_seed):
    """Returns the `AlgorithmicTask` of a class that is imported.

    Args:
        build_task: class derived from `episodes.algorithmic.AlgorithmicTask`, whose arguments are
            the fields of the task. Without an argument `sparse`, that field has no effect.
        config: an experiment's config.
        test_seed: seed of the test sequences.

    Raises:
        ValueError: if the class does not take one of the fields, or refuses a value.
    """
    fields = {name: value for name, value in config.task.items() if name not in _FIELDS_OF_ANY_TASK}
    taken = pick_arguments(build_task, fields)
    if unknown := sorted(set(fields) - set(taken) - set(_OF_TRAINING)):
        raise ValueError(
            f"{config.task.name} does not take {', '.join(unknown)}: a field of config.task must "
            "be an argument of the class."
        )
    if "curriculum" not in config.task or "test_levels" not in config.task:
        raise ValueError(
            f"{config.task.name} needs the fields curriculum and test_levels: build its config on "
            'another, such as mann_config.catalog.load("copy").'
        )
    check_arguments(build_task, config.task.name, **taken)
    return _build(build_task, taken, config, test_seed)


def _build(build_task, given, config, test_seed):
    measured = {name: value for name, value in given.items() if name not in _OF_TRAINING}
    trained_on = build_task(**given)
    task = build_task(**measured) if len(measured) < len(given) else trained_on
    return AlgorithmicTask(task, config.task, config.seed, test_seed, trained_on)
