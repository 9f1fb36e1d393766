"""Pictures of few-shot learning: the drawings of a data set, and one episode."""

import numpy as np

from mann.evaluation.pictures import RIGHT, WRONG, make_axes


def draw_contact_sheet(dataset, title, num_classes=12, num_drawings=12, ink=True):
    """Returns a contact sheet of a dataset: one class in each row, one drawing in each column.

    Args:
        dataset: `FewShotDataset`.
        title: title of the figure.
        num_classes: the most classes to show.
        num_drawings: the most drawings of each to show.
        ink: whether zero is white paper; if not, it is black. Defaults to `True`.
    """
    images = dataset.images[:num_classes, :num_drawings]
    rows, columns, height, width, *_ = images.shape
    # A line of paper between the drawings keeps neighbours apart.
    margins = ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0))[: images.ndim]
    padded = np.pad(images, margins, constant_values=0 if ink else 255)
    sheet = padded.swapaxes(1, 2).reshape(
        rows * (height + 2), columns * (width + 2), *images.shape[4:]
    )
    figure, axes = make_axes(columns * 0.55, rows * 0.55 + 0.4)
    show_image(axes, sheet, ink)
    axes.set(title=title)
    axes.set_axis_off()
    return figure


def show_image(axes, image, ink):
    """Shows an image: grey `(height, width)`, or colour `(height, width, 3)` as it is."""
    axes.imshow(image, cmap="gray_r" if ink else "gray", interpolation="nearest")


def draw_episode(images, targets, predictions, instances, ink=True, columns=10):
    """Returns a figure of one episode in order, each image with the model's answer.

    Args:
        images: array of shape `(time, height, width)`, or `(time, height, width, 3)` of colour.
        targets: labels, an array of shape `(time,)`.
        predictions: labels that the model answered with, likewise.
        instances: how often the class had been shown, likewise.
        ink: whether zero is white paper; if not, it is black. Defaults to `True`.
        columns: number of images in a row.
    """
    rows = -(-len(images) // columns)
    figure, grid = make_axes(columns * 0.95, rows * 1.35, nrows=rows, ncols=columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, target, answer, instance in zip(
        grid.flat, images, targets, predictions, instances, strict=False
    ):
        show_image(axes, image, ink)
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
