"""AlgorithmicExperiment: an algorithmic task as an experiment trains and measures on it."""

import keras
import numpy as np

from episodes import algorithmic
from mann.evaluation import algorithmic_report as report
from mann.evaluation import errors_by_level
from mann.evaluation.bits import BitErrorsPerSequence, BitsPerSequence
from mann.tasks.base import TEST, TRAIN, VALIDATION, Task, Validation
from mann.tasks.curriculum import Curriculum
from mann_config.errors import UserError

# From a task's name to its class, and to the fields of a config that are its arguments.
TASK_BUILDERS = {
    "copy": (algorithmic.Copy, ("bits", "length")),
    "repeat_copy": (algorithmic.RepeatCopy, ("bits", "length", "repeats")),
    "associative_recall": (algorithmic.AssociativeRecall, ("bits", "item_length", "items")),
    "ngrams": (algorithmic.NGrams, ("n", "length")),
    "priority_sort": (algorithmic.PrioritySort, ("bits", "items", "kept")),
    "sort": (algorithmic.Sort, ("bits", "items")),
    "parentheses": (algorithmic.Parentheses, ("kinds", "length", "depth")),
}


class AlgorithmicExperiment(Task):
    """Bits to answer, step by step, on sequences drawn anew.

    Args:
        config: the `task` part of an experiment's config.
        seed: of the training and validation sequences.
        test_seed: of the test sequences.
    """

    def __init__(self, config, seed, test_seed):
        build, fields = TASK_BUILDERS[config.name]
        self.task = build(**{field: config[field] for field in fields})
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
                # Levels too low for the task are known to it alone.
                self.task.sample(np.random.default_rng(0), 1, {axis: level})

    def describe(self):
        ranges = [f"{axis} {low} to {high}" for axis, (low, high) in self.task.axes.items()]
        return [f"Trained on: {', '.join(ranges)}; curriculum: {self.curriculum.name}"]

    def loss(self):
        # The mean over what counts: padding would make a step of short sequences a small one.
        return keras.losses.BinaryCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [BitsPerSequence(), BitErrorsPerSequence()]

    def training_batch(self, step, batch_size, level):
        sampler = self._samplers[TRAIN]
        rng = sampler.rng(step)
        difficulty = self.curriculum.draw(rng, batch_size, level)
        return tuple(self.task.sample(rng, batch_size, difficulty, self._num_steps(level)))

    def _num_steps(self, level):
        """Returns the steps to pad to: few different ones, since each is compiled anew."""
        highest = self.curriculum.last
        while highest >= 2 * level:
            highest //= 2
        return self.task.most_steps({self.curriculum.axis: highest})

    def succeeds(self, model, level, num_examples, batch_size):
        difficulty = {self.curriculum.axis: level}
        errors = self._measure(model, VALIDATION, difficulty, num_examples, batch_size)
        return errors.bit_errors.sum() <= self.curriculum.threshold * errors.num_bits.sum()

    def validate(self, model, num_examples, batch_size):
        errors = self._measure(model, VALIDATION, {}, num_examples, batch_size)
        values = {
            "wrong": float(errors.bit_errors.mean()),
            "cross-entropy": float(errors.bits.mean()),
        }
        return Validation(-values["cross-entropy"], "bits per sequence", values)

    def evaluate(self, model, num_examples, batch_size, options=None):
        difficulty = options or self.test_levels
        try:
            self._check(difficulty)
        except ValueError as error:
            raise UserError(f"The levels to measure: {error}") from error
        return [
            errors_by_level.ErrorsByLevel(
                axis,
                {
                    level: self._measure(model, TEST, {axis: level}, num_examples, batch_size)
                    for level in levels
                },
            )
            for axis, levels in difficulty.items()
        ]

    def _measure(self, model, stream, difficulty, num_examples, batch_size):
        num_steps = self.task.most_steps(difficulty)
        parts = []
        for index in range(-(-num_examples // batch_size)):
            rng = self._samplers[stream].rng(index)
            batch = self.task.sample(rng, batch_size, difficulty, num_steps)
            optimal = np.stack([self.task.solve(inputs) for inputs in batch.inputs])
            logits = model.predict_on_batch(batch.inputs)
            parts.append(errors_by_level.measure(np.asarray(logits), batch, optimal))
        return errors_by_level.join(parts, num_examples)

    def report(self, result, model, workdir, config, pictures):
        return report.report(result, model, self, workdir, config, pictures)

    def example(self, axis, level):
        """Returns the test sequence to draw, a `Batch` of one."""
        return self.task.sample(self._samplers[TEST].rng(0), 1, {axis: level})
