"""Few-shot datasets made of your own arrays of images and labels."""

import numpy as np

from episodes.dataset import FewShotDataset


def dataset_from_arrays(images, labels):
    """Returns the dataset of labelled images.

    Args:
        images: array `(num_images, height, width[, channels])`: uint8, floats from 0 to 1, or
            booleans.
        labels: array `(num_images,)` of strings or integers, the class of each image.

    Returns:
        `FewShotDataset` whose classes are in the order of their labels.

    Raises:
        ValueError: if the shapes do not fit, a pixel is not a number or out of range, or labels are
            of several kinds, such as `1` and `"1"`, cannot be sorted or are NaN.

    Example:

    >>> images = np.zeros((5, 8, 8), "uint8")
    >>> dataset = dataset_from_arrays(images, ["a", "b", "a", "b", "a"])
    >>> dataset.class_names, dataset.counts.tolist()
    (('a', 'b'), [3, 2])
    """
    images, labels = as_array(images, "images"), as_labels(labels, "labels")
    if images.ndim not in (3, 4) or labels.shape != images.shape[:1]:
        raise ValueError(
            "Arguments `images` and `labels` must have the shapes (num_images, height, width"
            f"[, channels]) and (num_images,). Received: {images.shape} and {labels.shape}."
        )
    images = as_uint8(images, "images")
    names, inverse = sort_classes(labels, "labels")
    counts = np.bincount(inverse, minlength=len(names))
    padded = np.zeros((len(names), counts.max(initial=0), *images.shape[1:]), np.uint8)
    for index in range(len(names)):
        padded[index, : counts[index]] = images[inverse == index]
    return FewShotDataset(padded, [str(name) for name in names], counts)


def as_array(images, name):
    """Returns images as an array; raises ValueError, naming the argument, if their sizes differ."""
    try:
        return np.asarray(images)
    except ValueError:
        raise ValueError(
            f"Argument `{name}` must hold images of one size. Received: images of several sizes. "
            "Resize them."
        ) from None


def as_labels(labels, name):
    """Returns labels as an array; raises ValueError, naming the argument, if kinds are mixed.

    NumPy by itself makes one class of `1` and `"1"`, and of `1` and `True`.
    """
    array = np.asarray(labels)
    if isinstance(labels, (list, tuple)) or array.dtype == object:
        values = labels if isinstance(labels, (list, tuple)) else array.ravel()
        kinds = {_get_kind(value): type(value).__name__ for value in values}
        if len(kinds) > 1:
            raise ValueError(
                f"Argument `{name}` must hold labels of one kind, all strings or all numbers. "
                f"Received: {', '.join(sorted(kinds.values()))}."
            )
    return array


def _get_kind(label):
    if isinstance(label, (bool, np.bool_)):
        return bool
    return np.number if isinstance(label, (int, float, np.number)) else type(label)


def sort_classes(labels, name):
    """Returns the sorted classes of labels, and the number of each label's class.

    Args:
        labels: array `(num_images,)`.
        name: name of the argument that they came as, for messages.

    Raises:
        ValueError: if the labels are of several kinds that cannot be sorted, or one is NaN.
    """
    try:
        classes, numbers = np.unique(labels, return_inverse=True)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in labels.tolist()}))
        raise ValueError(
            f"Argument `{name}` must hold labels of one kind, all strings or all numbers. "
            f"Received: {kinds}."
        ) from None
    if np.issubdtype(classes.dtype, np.floating) and np.isnan(classes).any():
        raise ValueError(f"Argument `{name}` must name a class for each image. Received: NaN.")
    return classes, numbers


def as_uint8(images, name):
    """Returns images as uint8; floats must be from 0 to 1, and `True` is full ink.

    Args:
        images: array of pixels.
        name: name of the argument that they came as, for messages.

    Raises:
        ValueError: if a pixel is not a number or out of range.
    """
    if images.dtype == np.uint8:
        return images
    if images.dtype == bool:
        return images * np.uint8(255)
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"Argument `{name}` must be uint8, or floats from 0 to 1. Received: "
            f"{images.dtype}. Convert it with .astype('uint8') if it goes from 0 to 255."
        )
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    # A comparison with NaN is false.
    if not (0 <= low and high <= 1):
        raise ValueError(
            f"Argument `{name}` must hold floats from 0 to 1, without NaN. Received: values from "
            f"{low} to {high}. Divide by 255 if they are bytes."
        )
    return np.rint(255 * images).astype(np.uint8)
