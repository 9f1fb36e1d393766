"""Pictures of few-shot learning: the drawings of a data set, and one episode."""

import numpy as np

from mann.evaluation.pictures import RIGHT, WRONG, make_axes


def draw_contact_sheet(dataset, title, num_classes=12, num_drawings=12):
    """Returns a contact sheet of a dataset: one class in each row, one drawing in each column."""
    images = dataset.images[:num_classes, :num_drawings]
    rows, columns, height, width = images.shape
    # A line of paper between the drawings keeps neighbours apart.
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sheet = padded.transpose(0, 2, 1, 3).reshape(rows * (height + 2), columns * (width + 2))
    figure, axes = make_axes(columns * 0.55, rows * 0.55 + 0.4)
    axes.imshow(sheet, cmap="gray_r", interpolation="nearest")
    axes.set(title=title)
    axes.set_axis_off()
    return figure


def draw_episode(images, targets, predictions, instances, columns=10):
    """Returns a figure of one episode in order, each image with the model's answer.

    Args:
        images: array of shape `(time, height, width)`.
        targets: labels, an array of shape `(time,)`.
        predictions: labels that the model answered with, likewise.
        instances: how often the class had been shown, likewise.
        columns: number of images in a row.
    """
    rows = -(-len(images) // columns)
    figure, grid = make_axes(columns * 0.95, rows * 1.35, nrows=rows, ncols=columns, squeeze=False)
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


def as_words(labels):
    """Returns labels `(time,)`, those that are strings of letters, `(time, 5)`, as words."""
    if labels.ndim == 1:
        return labels
    return np.array(["".join("abcde"[letter] for letter in word) for word in labels])
