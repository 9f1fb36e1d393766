"""Pictures of few-shot learning: accuracy by instance, drawings, and an episode."""

import numpy as np

from mann.evaluation.accuracy import REPORTED_INSTANCES
from mann.evaluation.pictures import RIGHT, WRONG, axes_of


def accuracy_by_instance(accuracy, title, published=(), chance=None):
    """Returns a figure of accuracy against instance, with chance and published rows beside it.

    Args:
        accuracy: `InstanceAccuracy`.
        title: what was measured.
        published: dict from a name to percents at `REPORTED_INSTANCES`.
        chance: percent that a guess is right, or `None` to leave it out.
    """
    figure, axes = axes_of(7, 4.5)
    instances = np.arange(1, len(accuracy.mean) + 1)
    axes.errorbar(
        instances,
        100 * accuracy.mean,
        100 * accuracy.interval,
        marker="o",
        capsize=3,
        linewidth=2,
        label="this model, 95 % interval",
        zorder=3,
    )
    for (name, row), marker in zip(dict(published).items(), "s^dv", strict=False):
        axes.plot(REPORTED_INSTANCES, row, marker=marker, alpha=0.7, label=name)
    if chance is not None:
        axes.axhline(chance, color="grey", linestyle=":", label=f"chance, {chance:.0f} %")
    axes.set(
        title=title,
        xlabel="instance: how often the class has come, this time included",
        ylabel="accuracy (%)",
        xticks=instances,
        ylim=(0, 101),
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def nway(measured, title, published=()):
    """Returns a figure of N-way K-shot errors, published ones beside them.

    Args:
        measured: list of `EpisodeAccuracy`.
        title: what was measured.
        published: dict from a name to a dict from `(ways, shots)` to percents.
    """
    keys = [(accuracy.ways, accuracy.shots) for accuracy in measured]
    rows = {
        "this model, 95 % interval": {k: 100 * a.mean for k, a in zip(keys, measured, strict=True)}
    }
    rows |= {name: row for name, row in dict(published).items() if any(k in row for k in keys)}
    figure, axes = axes_of(5 + 2 * len(keys), 4.5)
    width = 0.8 / len(rows)
    # What compares pixels would leave the others no room: its bars are cut, and say their height.
    top = max(5, 130 * (1 - min(accuracy.mean for accuracy in measured)))
    for i, (name, row) in enumerate(rows.items()):
        places = [place + (i - (len(rows) - 1) / 2) * width for place in range(len(keys))]
        errors = [100 - row.get(key, np.nan) for key in keys]
        spread = [100 * accuracy.interval for accuracy in measured] if i == 0 else None
        axes.bar(
            places, errors, width, yerr=spread, capsize=3, alpha=1 if i == 0 else 0.6, label=name
        )
        for place, error in zip(places, errors, strict=True):
            if error > top:
                axes.text(place, 0.98 * top, f"{error:.2g}", ha="center", va="top", fontsize=8)
    names = [f"{ways}-way {shots}-shot" for ways, shots in keys]
    axes.set(title=title, ylabel="errors (%)", xticks=range(len(keys)), xticklabels=names)
    axes.set_ylim(0, top)
    axes.grid(alpha=0.3, axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    return figure


def drawings(dataset, title, num_classes=12, num_drawings=12):
    """Returns a contact sheet of a dataset: a class a row, a drawing a column."""
    images = dataset.images[:num_classes, :num_drawings]
    rows, columns, height, width = images.shape
    # A line of paper between the drawings keeps neighbours apart.
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sheet = padded.transpose(0, 2, 1, 3).reshape(rows * (height + 2), columns * (width + 2))
    figure, axes = axes_of(columns * 0.55, rows * 0.55 + 0.4)
    axes.imshow(sheet, cmap="gray_r", interpolation="nearest")
    axes.set(title=title)
    axes.set_axis_off()
    return figure


def episode(images, targets, predictions, instances, columns=10):
    """Returns a figure of one episode in order, each image with what the model said of it.

    Args:
        images: array of shape `(time, height, width)`.
        targets: labels, an array of shape `(time,)`.
        predictions: what the model answered, likewise.
        instances: how often the class had come, likewise.
        columns: images in a row.
    """
    rows = -(-len(images) // columns)
    figure, grid = axes_of(columns * 0.95, rows * 1.35, nrows=rows, ncols=columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, target, answer, instance in zip(
        grid.flat, images, targets, predictions, instances, strict=False
    ):
        axes.imshow(image, cmap="gray_r")
        text = f"{answer} ✓" if answer == target else f"{answer}, not {target}"
        axes.set_title(
            f"{text}\ninstance {instance}",
            fontsize=8,
            color=RIGHT if answer == target else WRONG,
        )
    right = np.mean(predictions == targets)
    figure.suptitle(f"One test episode, left to right, line by line: {100 * right:.0f} % right")
    return figure
