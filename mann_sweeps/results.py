"""The results of a sweep: each row's numbers over its seeds, under each condition."""

import collections
import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from mann_config.grid import name_row
from mann_sweeps.record import find_folder
from mann_sweeps.run_folder import RunFolder


class Summary(NamedTuple):
    """Numbers of several seeds, in short.

    Attributes:
        median: their median.
        lowest: the lowest.
        highest: the highest.
        mean: their mean.
        interval: half the 95 % confidence interval of the mean, by Student's t; `None` for one
            number.
        values: dict from each seed to its number.
    """

    median: float
    lowest: float
    highest: float
    mean: float
    interval: float | None
    values: dict


def summarize(values):
    """Returns the `Summary` of a dict from seeds to numbers.

    Example:

    >>> summary = summarize({0: 1.0, 1: 2.0, 2: 6.0})
    >>> summary.median, summary.mean, round(summary.interval, 2)
    (2.0, 3.0, 6.57)
    """
    numbers, interval = np.array(list(values.values()), float), None
    if len(numbers) > 1:
        error = np.std(numbers, ddof=1) / math.sqrt(len(numbers))
        interval = float(stats.t.ppf(0.975, len(numbers) - 1) * error)
    return Summary(
        float(np.median(numbers)),
        float(np.min(numbers)),
        float(np.max(numbers)),
        float(np.mean(numbers)),
        interval,
        dict(values),
    )


class RowResults(NamedTuple):
    """The runs of a row.

    Attributes:
        name: name of the row; `""` without a grid.
        fields: dict from the fields of the grid to their values.
        measured: dict from each seed that was measured to its measurements, as evaluation.json
            holds them.
        missing: dict from each other seed to the line that says why it is missing.
    """

    name: str
    fields: dict
    measured: dict
    missing: dict


class Comparison(NamedTuple):
    """One measurement, of all rows.

    Attributes:
        name: name of the quantity, such as `"accuracy"`.
        unit: its unit.
        by: name of the conditions.
        trained: lowest and highest condition in training, or `None`.
        higher_is_better: whether higher is better.
        digits: digits after the point in a table.
        conditions: list of the conditions.
        rows: list of tuples of a `RowResults` and a dict from conditions to `Summary`, empty if no
            run of the row was measured.
        references: dict from the names of reference rows to dicts from conditions to numbers.
    """

    name: str
    unit: str
    by: str
    trained: list | None
    higher_is_better: bool
    digits: int
    conditions: list
    rows: list
    references: dict


def read_results(workdir, record):
    """Returns the list of `RowResults` of a sweep, from the folders of its runs.

    Args:
        workdir: path of the folder of the sweep.
        record: its `Record`.
    """
    results = []
    for row in record.rows:
        result = RowResults(row.name, row.fields, {}, {})
        for seed in row.seeds:
            folder = RunFolder(find_folder(workdir, row.name, seed))
            found = None if row.refusal else folder.read_measurements(record.measuring)
            if found is not None:
                result.measured[seed] = found
            else:
                result.missing[seed] = row.refusal or _explain(folder, workdir)
        results.append(result)
    return results


def _explain(folder, workdir):
    """Returns why a run is not in the table."""
    if failure := folder.read_failure():
        return f"failed: {failure} ({folder.output.relative_to(workdir)} has its output)"
    if folder.was_measured():
        return "measured with other options; the sweep that asks for this run measures it again"
    step = folder.read_progress().step
    return f"not done, at step {step:,}" if step else "not done"


def compare(results):
    """Returns the list of `Comparison` of a list of `RowResults`, one for each measurement."""
    found = {}
    for result in results:
        for seed, measurements in result.measured.items():
            count = collections.Counter()
            for one in measurements:
                kind = one["name"], one["unit"], one["by"]
                # Measurements on different episodes may have the same name.
                count[kind] += 1
                seeds = found.setdefault((kind, count[kind]), {}).setdefault(result.name, {})
                seeds[seed] = one
    rows = {result.name: result for result in results}
    return [_compare(kind, of_rows, rows) for (kind, _), of_rows in found.items()]


def _compare(kind, of_rows, rows):
    every = [one for seeds in of_rows.values() for one in seeds.values()]
    conditions = list(
        dict.fromkeys(entry["condition"] for one in every for entry in one["conditions"])
    )
    if all(isinstance(condition, (int, float)) for condition in conditions):
        conditions.sort()
    summaries = []
    for name, result in rows.items():
        values = collections.defaultdict(dict)
        for seed, one in of_rows.get(name, {}).items():
            for entry in one["conditions"]:
                values[entry["condition"]][seed] = entry["mean"]
        summary = {condition: summarize(numbers) for condition, numbers in values.items()}
        summaries.append((result, summary))
    trained = [one.get("trained") for one in every]
    return Comparison(
        *kind,
        trained[0] if all(one == trained[0] for one in trained) else None,
        every[0].get("higher_is_better", True),
        every[0].get("digits", 1),
        conditions,
        summaries,
        _join_references(of_rows, rows),
    )


def _join_references(of_rows, rows):
    """Returns the reference rows; one that differs between the rows of the grid, for each kind."""
    found = {}
    for row, seeds in of_rows.items():
        # Of one row, they are of the same examples.
        first = next(iter(seeds.values()))
        for name, entries in first["references"].items():
            numbers = {entry["condition"]: entry["mean"] for entry in entries}
            found.setdefault(name, {})[row] = numbers
    joined = {}
    for name, by_row in found.items():
        fields = list(rows[next(iter(by_row))].fields)
        for field in fields[::-1]:
            fewer = [other for other in fields if other != field]
            if _join_rows(by_row, rows, fewer) is not None:
                fields = fewer
        for label, numbers in _join_rows(by_row, rows, fields).items():
            joined[f"{name} ({label})" if label else name] = numbers
    return joined


def _join_rows(by_row, rows, fields):
    """Returns the numbers of rows, joined where some fields are the same; `None` if they differ."""
    joined = {}
    for row, numbers in by_row.items():
        label = name_row({field: rows[row].fields[field] for field in fields})
        # Rows may have been measured under different conditions.
        together = numbers | joined.get(label, {})
        if not numbers.items() <= together.items():
            return None
        joined[label] = together
    return joined
