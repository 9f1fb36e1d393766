"""The images of a user, as the few-shot models take them: checked, or prepared."""

import os
import warnings

import numpy as np

from episodes.arrays import as_array, as_uint8
from episodes.drawing import prepare_with_doubt

# The stack level of warnings: that of the caller of a public method of FewShotClassifier.
_CALLER = 4


def check_images(images, image_shape):
    """Returns images that have the models' form already, uint8 `(num_images, *image_shape)`.

    Args:
        images: array `(num_images, *image_shape)`, uint8 or floats from 0 to 1, ink on zero.
        image_shape: `(height, width)` that the model was trained on.

    Warns:
        UserWarning: if images have a bright background.

    Raises:
        ValueError: if the images have other sizes, or a pixel is not a number or out of range.
    """
    images = as_array(images, "X")
    if images.shape[1:] != image_shape:
        size = " x ".join(map(str, image_shape))
        if images.shape == image_shape:
            mend = "Pass a single image as image[None]."
        elif images.shape[1:3] == image_shape:
            mend = "Convert them to grey, without an axis of channels: X.mean(axis=-1)."
        elif images.ndim == 2 and images.shape[1] == np.prod(image_shape):
            mend = f"Give them their shape: X.reshape(-1, {image_shape[0]}, {image_shape[1]})."
        else:
            mend = "Resize them, or have FewShotClassifier(prepare=True) do it."
        raise ValueError(
            f"Argument `X` must hold images of {size} pixels, as this model was trained on. "
            f"Received: an array of shape {images.shape}. {mend}"
        )
    if not len(images):
        raise ValueError("Argument `X` must hold at least one image. Received: none.")
    images = as_uint8(images, "X")
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    bright = np.median(np.concatenate(edges, axis=1), axis=1) > 127
    if bright.any():
        warnings.warn(
            f"Argument `X` holds {bright.sum()} images, of {len(images)}, on a bright "
            "background, which the models take for ink: invert them, or pass "
            "FewShotClassifier(prepare=True).",
            stacklevel=_CALLER,
        )
    return images


def prepare_images(images, image_shape):
    """Returns images brought to the models' form, uint8 `(num_images, *image_shape)`.

    Args:
        images: list or array of what `episodes.prepare_drawing` takes.
        image_shape: `(size, size)`.

    Warns:
        UserWarning: if some do not seem to be drawings.

    Raises:
        ValueError: if there is no image, only one that is not in a list, or one of a wrong kind.
        DataError: if a file cannot be read.
    """
    if _is_single(images):
        raise ValueError("Argument `X` must hold images. Received: only one; pass it as [image].")
    if not len(images):
        raise ValueError("Argument `X` must hold at least one image. Received: none.")
    drawings, doubts = [], {}
    for number, image in enumerate(images):
        try:
            drawing, doubt = prepare_with_doubt(image, image_shape[0])
        except ValueError as error:
            raise ValueError(f"Image {number} of argument `X`: {error}") from None
        drawings.append(drawing)
        if doubt:
            doubts.setdefault(doubt, []).append(number)
    for doubt, numbers in doubts.items():
        warnings.warn(
            f"Argument `X`: {len(numbers)} of {len(images)} images may be wrong, such as number "
            f"{numbers[0]}: it {doubt}.",
            stacklevel=_CALLER,
        )
    return as_uint8(np.stack(drawings), "X")


def _is_single(images):
    if isinstance(images, (str, os.PathLike)) or hasattr(images, "getbands"):
        return True
    return isinstance(images, np.ndarray) and images.ndim == 2
