"""Pictures of a run: accuracy by instance, learning curves, drawings, an episode and its memory."""

import numpy as np
from matplotlib.figure import Figure

from mann.experiment import evaluation
from mann.experiment.workdir import written_aside

RIGHT, WRONG = "#1a7f37", "#cf222e"


def save(figure, path):
    """Writes a figure to `path` as a picture, whole or not at all."""
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120, bbox_inches="tight")


def _axes(width, height, **kwargs):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(**kwargs)


def accuracy_by_instance(accuracy, ways, title, published=()):
    """Returns a figure of accuracy against instance, with chance and published rows beside it.

    Args:
        accuracy: `InstanceAccuracy`.
        ways: classes in an episode, for the level of chance.
        title: what was measured.
        published: dict from a name to percents at `evaluation.REPORTED_INSTANCES`.
    """
    figure, axes = _axes(7, 4.5)
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
        axes.plot(evaluation.REPORTED_INSTANCES, row, marker=marker, alpha=0.7, label=name)
    axes.axhline(100 / ways, color="grey", linestyle=":", label=f"chance, {100 / ways:.0f} %")
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


def learning_curves(metrics, title):
    """Returns a figure of training loss and validation accuracy against steps.

    Args:
        metrics: list of dicts, the lines of metrics.jsonl.
        title: what was trained.
    """
    figure, (left, right) = _axes(11, 4, ncols=2)
    losses = [line for line in metrics if "loss" in line]
    left.plot([line["step"] for line in losses], [line["loss"] for line in losses])
    left.set(title=f"{title}: training loss", xlabel="step", ylabel="cross-entropy (nats)")
    left.set_ylim(bottom=0)
    validations = [line for line in metrics if "validation_accuracy" in line]
    steps = [line["step"] for line in validations]
    for instance in validations[0]["validation_accuracy"] if validations else ():
        values = [100 * line["validation_accuracy"][instance] for line in validations]
        right.plot(steps, values, marker=".", label=f"instance {instance}")
    right.set(title="validation classes", xlabel="step", ylabel="accuracy (%)", ylim=(0, 101))
    if validations:
        right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.locator_params(axis="x", nbins=5)
    return figure


def drawings(dataset, title, num_classes=12, num_drawings=12):
    """Returns a contact sheet of a dataset: a class a row, a drawing a column."""
    images = dataset.images[:num_classes, :num_drawings]
    rows, columns, height, width = images.shape
    # A line of paper between the drawings keeps neighbours apart.
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sheet = padded.transpose(0, 2, 1, 3).reshape(rows * (height + 2), columns * (width + 2))
    figure, axes = _axes(columns * 0.55, rows * 0.55 + 0.4)
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
    figure, grid = _axes(columns * 0.95, rows * 1.35, nrows=rows, ncols=columns, squeeze=False)
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


def memory(trace, targets):
    """Returns a figure of what the memory did over an episode: writes, reads and usage.

    Args:
        trace: dict of arrays: `write_weights` and `read_weights` of shape `(time, heads, slots)`,
            `usage` of shape `(time, slots)`.
        targets: labels, an array of shape `(time,)`, written along the time axis.
    """
    maps = {
        "write weights, summed over heads": trace["write_weights"].sum(axis=1),
        "read weights, summed over heads": trace["read_weights"].sum(axis=1),
        "usage": trace["usage"],
    }
    # Slots that were never touched would fill most of the picture with nothing.
    touched = np.flatnonzero(trace["write_weights"].sum(axis=(0, 1)) > 0.05)
    figure, grid = _axes(10, 9, nrows=len(maps), sharex=True)
    for axes, (name, values) in zip(grid, maps.items(), strict=True):
        drawn = axes.imshow(values[:, touched].T, aspect="auto", cmap="magma", origin="lower")
        axes.set(title=name, ylabel=f"{len(touched)} slots written to")
        figure.colorbar(drawn, ax=axes, pad=0.01)
    grid[-1].set_xticks(range(len(targets)), targets, fontsize=7)
    grid[-1].set_xlabel("time, each step marked with the label of its image")
    return figure
