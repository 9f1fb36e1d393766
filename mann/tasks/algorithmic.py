"""AlgorithmicTask: trains and measures a model on an algorithmic task."""

import keras
import numpy as np

from episodes import algorithmic, chomsky
from episodes.wording import count
from mann.evaluation import bits
from mann.evaluation.measurement import Measurement
from mann.tasks.base import VALIDATION
from mann.tasks.chomsky import SymbolTask
from mann.tasks.levels import LeveledTask
from mann_config.plugins import check_arguments, pick_arguments

# From the name of a task to its class, and the fields of a config that are its arguments.
TASKS = {
    "copy": (algorithmic.Copy, ("bits", "length", "sparse")),
    "repeat_copy": (algorithmic.RepeatCopy, ("bits", "length", "repeats", "sparse")),
    "associative_recall": (algorithmic.AssociativeRecall, ("bits", "item_length", "items")),
    "key_value_recall": (
        algorithmic.KeyValueRecall,
        ("key_bits", "value_bits", "items", "queries"),
    ),
    "ngrams": (algorithmic.NGrams, ("n", "length")),
    "priority_sort": (algorithmic.PrioritySort, ("bits", "items", "kept")),
    "sort": (algorithmic.Sort, ("bits", "items")),
    "parentheses": (algorithmic.Parentheses, ("kinds", "length", "depth")),
}

# What validations and tests leave at its default.
_OF_TRAINING = ("sparse",)
_FIELDS_OF_ANY_TASK = ("name", "curriculum", "test_levels")


class AlgorithmicTask(LeveledTask):
    """An algorithmic task whose model answers with bits."""

    errors_type = bits.Errors
    unit = "bit"

    def describe(self):
        # A class that takes a field of training is made twice, with the field and without.
        unused = [f for f in _OF_TRAINING if self.config.get(f) and self.trained_on is self.task]
        return super().describe() + [
            f"task.{field} has no effect: {self.name} does not take it." for field in unused
        ]

    def loss(self):
        # The mean over the bits that count: with padding, short sequences would have small
        # gradients.
        return keras.losses.BinaryCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self):
        return [bits.BitsPerSequence(), bits.BitErrorsPerSequence()]

    def validate(self, model, num_examples, batch_size):
        errors = self.measure(model, VALIDATION, {}, num_examples, batch_size)
        values = {"wrong": errors.wrong, "cross-entropy": errors.bits}
        return Measurement(
            "errors", "bits per sequence", "kind", values, digits=2, higher_is_better=False
        )

    def score(self, validation):
        return -validation.mean("cross-entropy")

    def measure_errors(self, logits, batch):
        optimal = np.stack([self.task.solve(inputs) for inputs in batch.inputs])
        return bits.measure_errors(logits, batch, optimal)

    def compare(self, axis, errors):
        """Returns the wrong bits at levels along an axis, and the cross-entropy."""
        counted = {level: float(one.counted.mean()) for level, one in errors.items()}
        optimum = {level: float(one.optimum.mean()) for level, one in errors.items()}
        num_examples = len(next(iter(errors.values())).wrong)
        about = {
            "about": f"{count(num_examples, 'sequence')} at each level",
            "trained": self.task.axes[axis],
            "higher_is_better": False,
            "digits": 2,
        }
        return [
            Measurement(
                "wrong bits",
                "bits per sequence",
                axis,
                {level: one.wrong for level, one in errors.items()},
                {"guessing": {level: number / 2 for level, number in counted.items()}},
                **about,
            ),
            Measurement(
                "cross-entropy",
                "bits per sequence",
                axis,
                {level: one.bits for level, one in errors.items()},
                {"guessing": counted, **({"optimum": optimum} if any(optimum.values()) else {})},
                **about,
            ),
        ]

    def show_answers(self, targets, logits):
        return targets, 1 / (1 + np.exp(-logits))


def build(config, test_seed):
    """Returns the `AlgorithmicTask` of a config."""
    build_task, fields = TASKS[config.task.name]
    return _build(build_task, {field: config.task[field] for field in fields}, config, test_seed)


def build_imported(build_task, config, test_seed):
    """Returns the task of a class that is imported, which answers with bits or with symbols.

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
    kind = SymbolTask if isinstance(task, chomsky.SymbolTask) else AlgorithmicTask
    return kind(task, config.task, config.seed, test_seed, trained_on)
