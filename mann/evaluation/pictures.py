"""Pictures of measurements, and of the learning curves of a run."""

import numpy as np
from matplotlib.figure import Figure

from episodes.files import write_atomically

RIGHT, WRONG = "#1a7f37", "#cf222e"


def save(figure, path):
    """Writes a figure to `path` as a picture, whole or not at all."""
    with write_atomically(path) as aside:
        figure.savefig(aside, dpi=120, bbox_inches="tight")


def make_axes(width, height, **kwargs):
    """Returns a new figure of a size in inches, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(**kwargs)


def draw_learning_curves(metrics, title):
    """Returns a figure of training loss and validation against steps.

    Args:
        metrics: list of dicts, the lines of metrics.jsonl.
        title: name of the model that was trained.
    """
    figure, (left, right) = make_axes(11, 4, ncols=2)
    losses = [line for line in metrics if "loss" in line]
    left.plot([line["step"] for line in losses], [line["loss"] for line in losses])
    left.set(title=f"{title}: training loss", xlabel="step", ylabel="cross-entropy (nats)")
    left.set_ylim(bottom=0)
    validations = [line for line in metrics if "validation" in line]
    steps = [line["step"] for line in validations]
    for condition in validations[0]["validation"] if validations else ():
        values = [line["validation"][condition] for line in validations]
        right.plot(steps, values, marker=".", label=condition)
    name = validations[0]["validation_name"] if validations else ""
    right.set(title="validation", xlabel="step", ylabel=name)
    right.set_ylim(bottom=0)
    if validations:
        right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.locator_params(axis="x", nbins=5)
    return figure


def draw_measurement(measurement, title):
    """Returns a figure of a `Measurement` by its conditions, with its references.

    Conditions that are numbers make a curve, others make bars.
    """
    numbers = all(isinstance(condition, (int, float)) for condition in measurement.values)
    return (_draw_curve if numbers else _draw_bars)(measurement, title)


def _draw_curve(measurement, title):
    figure, axes = make_axes(7, 4.5)
    conditions = list(measurement.values)
    means = np.array([measurement.mean(c) for c in conditions])
    intervals = np.array([measurement.interval(c) for c in conditions])
    if measurement.trained is not None:
        # With an edge, since a range of one level has no width.
        axes.axvspan(*measurement.trained, color="grey", alpha=0.2, lw=2, label="trained on")
    # An interval is cut at zero, unless the quantity may be negative.
    lower = np.minimum(intervals, means) if means.min() >= 0 else intervals
    label = "this model, 95 % interval"
    axes.errorbar(
        conditions, means, [lower, intervals], marker="o", capsize=3, lw=2, label=label, zorder=3
    )
    for (name, row), marker in zip(measurement.references.items(), "s^dvx*", strict=False):
        axes.plot(list(row), list(row.values()), marker=marker, ls=":", alpha=0.7, label=name)
    if measurement.unit == "%":
        axes.set_ylim(0, 101)
    elif means.min() >= 0:
        if not measurement.higher_is_better and "optimum" not in measurement.references:
            # Errors differ by orders of magnitude, and zero must show.
            axes.set_yscale("symlog", linthresh=0.1)
        axes.set_ylim(bottom=0)
    axes.set(title=title, xlabel=measurement.by, ylabel=f"{measurement.name} ({measurement.unit})")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure


def _draw_bars(measurement, title):
    """Returns a figure of bars, of errors instead of accuracies, which look alike near 100 %."""
    conditions = list(measurement.values)
    errors = measurement.unit == "%" and measurement.higher_is_better
    rows = {"this model, 95 % interval": {c: measurement.mean(c) for c in conditions}}
    rows |= {
        name: row
        for name, row in measurement.references.items()
        if any(condition in row for condition in conditions)
    }
    figure, axes = make_axes(5 + 2 * len(conditions), 4.5)
    width = 0.8 / len(rows)
    rows = {
        name: [100 - row.get(c, np.nan) if errors else row.get(c, np.nan) for c in conditions]
        for name, row in rows.items()
    }
    own = next(iter(rows.values()))
    # Bars that are far higher would leave the others no room: they are cut, and show their value.
    top = max(5 * errors, 1.3 * max(own)) or 1
    for i, (name, heights) in enumerate(rows.items()):
        places = [place + (i - (len(rows) - 1) / 2) * width for place in range(len(conditions))]
        spread = None if i else [measurement.interval(condition) for condition in conditions]
        axes.bar(places, heights, width, yerr=spread, capsize=3, alpha=0.6 if i else 1, label=name)
        for place, height in zip(places, heights, strict=True):
            if height > top:
                axes.text(place, 0.98 * top, f"{height:.2g}", ha="center", va="top", fontsize=8)
    label = "errors (%)" if errors else f"{measurement.name} ({measurement.unit})"
    axes.set(title=title, ylabel=label, xticks=range(len(conditions)), xticklabels=conditions)
    axes.set_ylim(0, top)
    axes.grid(alpha=0.3, axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    return figure
