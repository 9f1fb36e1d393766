"""Measurement: the results of measuring a model, one type for all tasks."""

import dataclasses

import numpy as np

# With more conditions than these, a table has one row for each condition.
_MOST_COLUMNS = 8


@dataclasses.dataclass(frozen=True)
class Measurement:
    """Numbers measured on examples, under each of some conditions.

    Attributes:
        name: name of the quantity, such as `"accuracy"`.
        unit: unit of the values, such as `"%"`.
        by: name of the conditions, such as `"instance"`.
        values: dict from a condition to an array `(examples,)`, one number per example.
        references: dict from the name of a row, with its source, to a dict from a condition to a
            number: published results, the optimum, guessing. Defaults to none.
        about: line of text on the examples. Defaults to `""`.
        trained: lowest and highest condition in training. Defaults to `None`: not known.
        shown: the conditions that a table shows. Defaults to `None`: all.
        higher_is_better: whether higher values are better. Defaults to `True`.
        digits: digits after the point in a table. Defaults to 1.

    Example:

    >>> measured = Measurement("accuracy", "%", "length", {4: np.array([100.0, 0.0])})
    >>> measured.mean(4), round(measured.interval(4), 1)
    (50.0, 98.0)
    """

    name: str
    unit: str
    by: str
    values: dict
    references: dict = dataclasses.field(default_factory=dict)
    about: str = ""
    trained: tuple | None = None
    shown: tuple | None = None
    higher_is_better: bool = True
    digits: int = 1

    def mean(self, condition):
        """Returns the mean over the examples of a condition."""
        return float(np.mean(self.values[condition]))

    def interval(self, condition):
        """Returns half the 95 % confidence interval of a mean, 1.96 standard errors.

        For a single example it is 0.
        """
        values = self.values[condition]
        if len(values) < 2:
            return 0.0
        return float(1.96 * np.std(values, ddof=1) / np.sqrt(len(values)))

    def overall(self):
        """Returns the mean over the conditions of their means."""
        return float(np.mean([self.mean(condition) for condition in self.values]))

    def to_json(self):
        """Returns the measurement as strings, numbers, lists and dicts, for a JSON file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "by": self.by,
            "about": self.about,
            "trained": self.trained,
            "higher_is_better": self.higher_is_better,
            "digits": self.digits,
            "conditions": [
                {
                    "condition": condition,
                    "mean": self.mean(condition),
                    "interval_95": self.interval(condition),
                    "examples": len(values),
                }
                for condition, values in self.values.items()
            ],
            "references": {
                name: [{"condition": key, "mean": number} for key, number in row.items()]
                for name, row in self.references.items()
            },
        }


def format_table(measurement):
    """Returns a `Measurement` as the text of a table, with its references below it.

    Example:

    >>> right = {4: np.array([100.0, 0.0]), 8: np.zeros(2)}
    >>> rows = {"DNC (Graves 2016)": {4: 98.8}, "guessing": {4: 1.0, 8: 0.5}}
    >>> print(format_table(Measurement("accuracy", "%", "nodes", right, rows)))
    nodes                          4              8
    this model          50.0 +- 98.0     0.0 +- 0.0
    DNC (Graves 2016)           98.8              -
    guessing                     1.0            0.5
    """
    digits = measurement.digits
    conditions = list(measurement.shown or measurement.values)

    def cell(condition):
        mean, interval = measurement.mean(condition), measurement.interval(condition)
        spread = f" +- {interval:.{digits}f}" if len(measurement.values[condition]) > 1 else ""
        return f"{mean:.{digits}f}{spread}"

    rows = {measurement.by: map(str, conditions), "this model": map(cell, conditions)}
    for name, row in measurement.references.items():
        if any(condition in row for condition in conditions):
            rows[name] = [_format_number(row[c], digits) if c in row else "-" for c in conditions]
    lines = [[name, *cells] for name, cells in rows.items()]
    if len(conditions) > _MOST_COLUMNS:
        lines = [list(line) for line in zip(*lines, strict=True)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    cells = [max(width, 13) + 2 for width in widths[1:]]
    return "\n".join(
        first.ljust(widths[0])
        + "".join(cell.rjust(width) for cell, width in zip(rest, cells, strict=True))
        for first, *rest in lines
    )


def _format_number(number, digits):
    # Published numbers keep the digits that they were published with, at most two.
    short, long = f"{number:.{digits}f}", f"{number:.{max(digits, 2)}f}"
    return short if float(short) == float(long) else long


def measure_in_batches(measure, num_examples, batch_size):
    """Calls `measure` batch by batch, and returns its results for all examples, concatenated.

    All batches have one size, so that the model compiles once; results beyond the last example are
    dropped.

    Args:
        measure: function from the index of the first example of a batch to a tuple of arrays
            `(batch_size, ...)`.
        num_examples: number of examples.
        batch_size: number of examples in a batch.

    Example:

    >>> (numbers,) = measure_in_batches(lambda first: (np.arange(first, first + 4),), 6, 4)
    >>> numbers.tolist()
    [0, 1, 2, 3, 4, 5]
    """
    parts = [measure(first) for first in range(0, num_examples, batch_size)]
    return tuple(np.concatenate(part)[:num_examples] for part in zip(*parts, strict=True))
