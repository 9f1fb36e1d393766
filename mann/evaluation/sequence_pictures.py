"""A picture of one sequence of bits or symbols, with the model's answer."""

import numpy as np

from mann.evaluation.pictures import make_axes


def draw_sequence(inputs, targets, weights, probabilities, title):
    """Returns a figure of one sequence: input, target, output and error.

    Args:
        inputs: array of shape `(time, num_features)`.
        targets: array of shape `(time, num_outputs)`.
        weights: array of shape `(time,)`, 0 where no answer counts.
        probabilities: answers of the model, of the shape of `targets`.
        title: title of the figure.
    """
    counts = weights[:, None] > 0
    panels = {
        "input": inputs,
        "target": np.where(counts, targets, 0),
        "output": np.where(counts, probabilities, 0),
        "error": np.where(counts, np.abs(probabilities - targets), 0),
    }
    heights = [max(values.shape[1], 3) for values in panels.values()]
    figure, grid = make_axes(
        min(max(6, 0.08 * len(inputs)), 20),
        1.2 + 0.13 * sum(heights),
        nrows=4,
        sharex=True,
        height_ratios=heights,
    )
    for axes, (name, values) in zip(grid, panels.items(), strict=True):
        # A fixed range of colours, in which an error near zero does not look like a large one.
        limits = {} if name == "input" else {"vmin": 0, "vmax": 1}
        image = axes.imshow(
            values.T, aspect="auto", cmap="viridis", interpolation="nearest", **limits
        )
        axes.set_ylabel(name)
        axes.set_yticks([])
        figure.colorbar(image, ax=axes, pad=0.01)
    grid[0].set_title(title)
    grid[-1].set_xlabel("time")
    return figure
