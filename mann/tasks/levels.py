"""LeveledTask: the base of the tasks whose sequences have a level of difficulty along axes."""

import numpy as np

from episodes.algorithmic import TaskSampler
from episodes.wording import count
from mann.evaluation import memory_pictures, pictures, sequence_pictures
from mann.evaluation.measurement import measure_in_batches
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, Task
from mann.tasks.curriculum import Curriculum
from mann_config.errors import UserError

# The lengths that the sequences of many levels are padded to, since each is compiled anew.
_MOST_LENGTHS = 16
# In a picture of more, a step is less than a pixel.
_MOST_STEPS_DRAWN = 2500


class LeveledTask(Task):
    """An algorithmic task, whose model answers at each step of new sequences.

    A subclass defines what an answer is and how it is measured: `errors_type`, `unit`, `loss()`,
    `metrics()`, `validate()`, `measure_errors()`, `compare()` and `show_answers()`.

    Args:
        task: an `episodes.algorithmic.AlgorithmicTask`.
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation sequences.
        test_seed: seed of the test sequences.
        trained_on: the task whose sequences are trained on, which may be drawn otherwise than those
            of validations and tests.

    Attributes:
        errors_type: tuple of arrays of shape `(sequences, ...)`, of which `wrong` and `counted` are
            the numbers of wrong answers, and of answers, of each sequence.
        unit: name of what an answer is made of, such as `"bit"`.
    """

    errors_type = None
    unit = None

    def __init__(self, task, config, seed, test_seed, trained_on):
        self.config = config
        self.name = config.name
        self.task = task
        self.trained_on = trained_on
        self.options = tuple(self.task.axes)
        self.test_levels = config.test_levels.to_dict()
        self._check(self.test_levels)
        self.curriculum = Curriculum(axes=self.task.axes, **config.curriculum)
        self.num_features = self.task.num_features
        self.num_outputs = self.task.num_outputs
        self.samplers = {
            stream: TaskSampler(self.task, (first, stream))
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
        return [f"Trained on: {', '.join(ranges)}; curriculum: {self.curriculum.name}"]

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        sampler = self.samplers[TRAIN]
        rng = sampler.rng(step)
        difficulty = self.curriculum.sample_difficulty(rng, batch_size, level)
        batch = self.trained_on.sample(rng, batch_size, difficulty, self._num_steps(level))
        return tuple(array[rows] for array in batch)

    def _num_steps(self, level):
        """Returns the steps to pad to: one of a few lengths, since each is compiled anew."""
        highest = self.curriculum.last
        while highest >= 2 * level:
            highest //= 2
        return self.task.most_steps({self.curriculum.axis: highest})

    def succeeds(self, model, level, num_examples, batch_size):
        difficulty = {self.curriculum.axis: level}
        errors = self.measure(model, VALIDATION, difficulty, num_examples, batch_size)
        return errors.wrong.sum() <= self.curriculum.threshold * errors.counted.sum()

    def evaluate(self, model, num_examples, batch_size, options=None):
        difficulty = options or self.test_levels
        try:
            self._check(difficulty)
        except ValueError as error:
            raise UserError(f"The levels to measure are wrong: {error}") from error
        batch_size = min(batch_size, num_examples)
        return [
            measured
            for axis, levels in difficulty.items()
            for measured in self.compare(
                axis, self._measure_levels(model, axis, levels, num_examples, batch_size)
            )
        ]

    def _measure_levels(self, model, axis, levels, num_examples, batch_size):
        lengths = {level: self.task.most_steps({axis: level}) for level in levels}
        few = thin_out(lengths.values(), _MOST_LENGTHS)
        return {
            level: self.measure(
                model,
                TEST,
                {axis: level},
                num_examples,
                batch_size,
                min(steps for steps in few if steps >= length),
            )
            for level, length in lengths.items()
        }

    def measure(self, model, stream, difficulty, num_examples, batch_size, num_steps=None):
        """Returns the `errors_type` of a model on sequences of a difficulty."""
        num_steps = num_steps or self.task.most_steps(difficulty)

        def measure(first):
            rng = self.samplers[stream].rng(first // batch_size)
            batch = self.task.sample(rng, batch_size, difficulty, num_steps)
            return self.measure_errors(np.asarray(model.predict_on_batch(batch.inputs)), batch)

        return self.errors_type(*measure_in_batches(measure, num_examples, batch_size))

    def draw(self, measurements, model, folder):
        axis, levels = measurements[0].by, measurements[0].values
        short = [x for x in levels if self.task.most_steps({axis: x}) <= _MOST_STEPS_DRAWN]
        level = max(short, default=self.task.axes[axis][1])
        batch = self.task.sample(self.samplers[TEST].rng(0), 1, {axis: level})
        logits = np.asarray(model.predict_on_batch(batch.inputs))
        errors = self.measure_errors(logits, batch)
        wrong, counted = int(errors.wrong[0]), int(errors.counted[0])
        targets, probabilities = self.show_answers(batch.targets[0], logits[0])
        figure = sequence_pictures.draw_sequence(
            batch.inputs[0],
            targets,
            batch.weights[0],
            probabilities,
            f"{axis} {level}: {count(wrong, f'wrong {self.unit}')} of {counted}",
        )
        pictures.save(figure, folder / "sequence.png")
        memory_pictures.save_picture(model, batch.inputs, folder)

    def measure_errors(self, logits, batch):
        """Returns the `errors_type` of the logits of a batch.

        Args:
            logits: array of shape `(batch, time, num_outputs)`.
            batch: `episodes.algorithmic.Batch`.
        """
        raise NotImplementedError

    def compare(self, axis, errors):
        """Returns a list of `Measurement` of the errors at levels along an axis.

        Args:
            axis: name of the axis.
            errors: dict from each level to its `errors_type`.
        """
        raise NotImplementedError

    def show_answers(self, targets, logits):
        """Returns the target and the answered probabilities of a sequence, for its picture.

        Args:
            targets: array `(time, ...)`, the targets of the sequence.
            logits: array of shape `(time, num_outputs)`.

        Returns:
            Tuple of two arrays of shape `(time, num_outputs)`.
        """
        raise NotImplementedError


def thin_out(numbers, most):
    """Returns at most so many of some numbers, sorted: all if they are few; always the highest.

    Example:

    >>> thin_out([5, 1, 2, 3, 4], 3), thin_out([2, 1, 2], 3)
    ([1, 3, 5], [1, 2])
    """
    numbers = sorted(set(numbers))
    every = -(-len(numbers) // most)
    return numbers[::-every][::-1]
