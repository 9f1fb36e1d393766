"""Pictures of algorithmic tasks: errors against difficulty, and a sequence with its answer."""

import numpy as np

from mann.evaluation.intervals import mean_and_interval
from mann.evaluation.pictures import axes_of


def errors_by_level(result, trained, title):
    """Returns a figure of wrong bits and cross-entropy against the level of difficulty.

    Args:
        result: `ErrorsByLevel`.
        trained: lowest and highest level that was trained on.
        title: what was measured.
    """
    figure, grid = axes_of(11, 4.5, ncols=2)
    levels = list(result.errors)
    curves = (("wrong bits per sequence", "bit_errors"), ("cross-entropy, bits", "bits"))
    optima = [errors.optimal_bits.mean() for errors in result.errors.values()]
    for axes, (label, name) in zip(grid, curves, strict=True):
        points = [mean_and_interval(getattr(errors, name)) for errors in result.errors.values()]
        means, intervals = np.array(points).T
        # With an edge, since a range of one level has no width.
        axes.axvspan(*trained, color="grey", alpha=0.2, linewidth=2, label="trained on")
        axes.errorbar(
            levels,
            means,
            # A lower end below zero would leave the picture.
            [np.minimum(intervals, means), intervals],
            marker="o",
            capsize=3,
            label="this model, 95 % interval",
        )
        guesses = [errors.num_bits.mean() for errors in result.errors.values()]
        guesses = [0.5 * count if name == "bit_errors" else count for count in guesses]
        axes.plot(levels, guesses, color="grey", linestyle=":", label="guessing")
        if name == "bits" and any(optima):
            axes.plot(levels, optima, color="black", linestyle="--", label="optimum")
        if not any(optima):
            # Nearly right and quite wrong differ by orders of magnitude, and zero must show.
            axes.set_yscale("symlog", linthresh=0.1)
        axes.set_ylim(bottom=0)
        axes.set(title=title, xlabel=result.axis, ylabel=label)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure


def sequence(inputs, targets, weights, probabilities, title):
    """Returns a figure of one sequence: input, target, output and error.

    Args:
        inputs: array of shape `(time, num_features)`.
        targets: array of shape `(time, num_outputs)`.
        weights: array of shape `(time,)`, 0 where no answer counts.
        probabilities: what the model answered, like `targets`.
        title: which sequence it is.
    """
    counts = weights[:, None] > 0
    panels = {
        "input": inputs,
        "target": np.where(counts, targets, 0),
        "output": np.where(counts, probabilities, 0),
        "error": np.where(counts, np.abs(probabilities - targets), 0),
    }
    heights = [max(values.shape[1], 3) for values in panels.values()]
    figure, grid = axes_of(
        min(max(6, 0.08 * len(inputs)), 20),
        1.2 + 0.13 * sum(heights),
        nrows=4,
        sharex=True,
        height_ratios=heights,
    )
    for axes, (name, values) in zip(grid, panels.items(), strict=True):
        # An error of nothing must not look like one, as it would in colours of its own range.
        limits = {} if name == "input" else {"vmin": 0, "vmax": 1}
        drawn = axes.imshow(
            values.T, aspect="auto", cmap="viridis", interpolation="nearest", **limits
        )
        axes.set_ylabel(name)
        axes.set_yticks([])
        figure.colorbar(drawn, ax=axes, pad=0.01)
    wrong = int(np.sum(counts & ((probabilities > 0.5) != (targets > 0.5))))
    grid[0].set_title(f"{title}: {wrong} wrong bits of {int(weights.sum()) * targets.shape[1]}")
    grid[-1].set_xlabel("time")
    return figure
