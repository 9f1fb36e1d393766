"""SymbolTask: trains and measures a model on a task whose answers are strings of symbols."""

import math

import keras
import numpy as np
from scipy import special

from episodes import chomsky
from episodes.wording import count
from mann.evaluation import published, symbols
from mann.evaluation.measurement import Measurement
from mann.tasks.base import ALL_ROWS, TRAIN, VALIDATION
from mann.tasks.levels import LeveledTask, thin_out

TASKS = {
    "even_pairs": chomsky.EvenPairs,
    "modular_arithmetic_simple": chomsky.ModularArithmeticSimple,
    "parity_check": chomsky.ParityCheck,
    "cycle_navigation": chomsky.CycleNavigation,
    "stack_manipulation": chomsky.StackManipulation,
    "reverse_string": chomsky.ReverseString,
    "modular_arithmetic": chomsky.ModularArithmetic,
    "solve_equation": chomsky.SolveEquation,
    "duplicate_string": chomsky.DuplicateString,
    "missing_duplicate_string": chomsky.MissingDuplicateString,
    "odds_first": chomsky.OddsFirst,
    "binary_addition": chomsky.BinaryAddition,
    "binary_multiplication": chomsky.BinaryMultiplication,
    "compute_sqrt": chomsky.ComputeSqrt,
    "bucket_sort": chomsky.BucketSort,
}

# A task with this mean accuracy or a higher one, in percent, counts as solved (Delétang 2023).
SOLVED = 90
_MEAN = "mean accuracy"
# The lengths that batches of training are padded to, and the levels that a table shows.
_NUM_LENGTHS = 5
_MOST_SHOWN = 20


class SymbolTask(LeveledTask):
    """An algorithmic task whose model answers with one symbol of several at each step."""

    errors_type = symbols.Errors
    unit = "symbol"
    lengths_vary = True

    def loss(self):
        # The mean over the symbols that count: the many steps that show the string do not.
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def validate(self, model, num_examples, batch_size):
        errors = self.measure(model, VALIDATION, {}, num_examples, batch_size)
        values = {
            "wrong": errors.wrong / errors.counted,
            "cross-entropy": errors.bits / errors.counted,
        }
        return Measurement("errors", "per symbol", "kind", values, digits=4, higher_is_better=False)

    def score(self, validation):
        # Unlike the accuracy, it tells two models apart that are both right.
        return -validation.mean("cross-entropy")

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        # All strings of a batch are of one length: padding them to the longest would cost nearly
        # twice the time.
        rng = self.samplers[TRAIN].rng(step)
        axis = self.curriculum.axis
        drawn = self.curriculum.sample_difficulty(rng, 1, level)
        (length,) = drawn.get(axis, rng.integers(*self.task.axes[axis], 1, endpoint=True)).tolist()
        num_steps = self.task.most_steps({axis: self._round_up(length)})
        batch = self.trained_on.sample(rng, batch_size, {axis: length}, num_steps)
        return tuple(array[rows] for array in batch)

    def _round_up(self, length):
        """Returns the length to pad to: one of a few, since each is compiled anew."""
        part = math.ceil(self.curriculum.last / _NUM_LENGTHS)
        return math.ceil(length / part) * part

    def measure_errors(self, logits, batch):
        return symbols.measure_errors(logits, batch)

    def compare(self, axis, errors):
        """Returns the accuracy at levels along an axis, and its mean over those beyond training."""
        trained = self.task.axes[axis]
        values = {level: one.accuracy for level, one in errors.items()}
        # The symbol that is the best at all times and levels.
        best = np.mean([one.guessing for one in errors.values()], axis=0).argmax()
        guessing = {level: float(one.guessing[best]) for level, one in errors.items()}
        num_examples = len(next(iter(values.values())))
        about = f"{count(num_examples, 'sequence')} at each level"
        shown = thin_out(values, _MOST_SHOWN)
        if len(shown) < len(values):
            about += f", {len(shown)} of {count(len(values), axis)} shown"
        by_level = Measurement(
            "accuracy", "%", axis, values, {"guessing": guessing}, about, trained, tuple(shown)
        )
        beyond = [level for level in values if level > trained[1]]
        if not beyond:
            return [by_level]
        condition = " to ".join(map(str, dict.fromkeys((min(beyond), max(beyond)))))
        rows = published.get_chomsky_rows(self.name)
        rows["guessing"] = float(np.mean([guessing[level] for level in beyond]))
        mean = Measurement(
            _MEAN,
            "%",
            f"{axis}s",
            {condition: np.concatenate([values[level] for level in beyond])},
            {name: {condition: percent} for name, percent in rows.items()},
            f"{count(len(beyond), axis)}{'; published: 41 to 500' if len(rows) > 1 else ''}",
        )
        return [by_level, mean]

    def remarks(self, measurements, model, workdir):
        means = [one.overall() for one in measurements if one.name == _MEAN]
        return [
            f"{self.name} is {'' if mean >= SOLVED else 'not '}solved: that is a mean of "
            f"{SOLVED} % or more."
            for mean in means
        ]

    def show_answers(self, targets, logits):
        return np.eye(self.num_outputs)[targets], special.softmax(logits, axis=-1)


def build(config, test_seed):
    """Returns the `SymbolTask` of a config."""
    task = TASKS[config.task.name](config.task.length)
    return SymbolTask(task, config.task, config.seed, test_seed, task)
