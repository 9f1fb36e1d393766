"""The images of a user, as the few-shot models take them: checked, read, or prepared."""

import contextlib
import os
import warnings

import numpy as np

from episodes.arrays import as_array, as_uint8
from episodes.drawing import prepare_with_doubt
from episodes.image_pixels import find_largest_deep_pixel, open_image, read_array
from episodes.wording import count

# The stack level of warnings: that of the caller of a public method of FewShotClassifier.
_CALLER = 5


def convert_images(images, form, prepare):
    """Returns images as a model takes them, uint8 `(num_images, *form.shape)`.

    Args:
        images: array of images that have the model's form; a list of paths and Pillow images; with
            `prepare`, a list or array of what `episodes.prepare_drawing` takes.
        form: `ImageForm` of the images that the model was trained on.
        prepare: whether to bring drawings of any kind to the form of Omniglot's.

    Warns:
        UserWarning: if images do not seem to be what the model was trained on.

    Raises:
        ValueError: if there is no image, or one does not fit.
        DataError: if a file cannot be read.
    """
    if prepare:
        return _prepare_images(images, form)
    if _are_files(images):
        return _read_files(images, form)
    return _check_images(images, form)


def _are_files(images):
    return isinstance(images, (list, tuple)) and any(map(_is_file, images))


def _is_file(image):
    return isinstance(image, (str, os.PathLike)) or hasattr(image, "getbands")


def _read_files(images, form):
    """Returns files and Pillow images as they are read from a folder to train on."""
    if not form.files:
        raise ValueError(
            "Argument `X` holds files or Pillow images, which this model of drawings needs to be "
            "prepared for it: pass FewShotClassifier(prepare=True)."
        )
    arrays = []
    for number, image in enumerate(images):
        if not _is_file(image):
            raise ValueError(
                f"Image {number} of argument `X` must be a path or a Pillow image, as others are. "
                f"Received: {type(image).__name__}."
            )
        opened = contextlib.nullcontext(image) if hasattr(image, "getbands") else open_image(image)
        with opened as picture:
            if find_largest_deep_pixel(picture):
                raise ValueError(
                    f"Image {number} of argument `X` is grey of 16 bits, whose scale only all "
                    "images together show: save it with 8 bits."
                )
            arrays.append(read_array(picture, form.size, form.color, form.invert))
    return np.stack(arrays)


def _check_images(images, form):
    """Returns images that have the model's form already."""
    images, shape = as_array(images, "X"), form.shape
    if images.shape[1:] != shape:
        size = f"{form.size} x {form.size} pixels{' of 3 channels' if form.color else ''}"
        if images.shape == shape:
            mend = "Pass a single image as image[None]."
        elif images.shape[1:] == shape[:2]:
            mend = "Give them three channels: np.stack([X, X, X], axis=-1)."
        elif images.shape[1:3] == shape:
            mend = "Convert them to grey, without an axis of channels: X.mean(axis=-1)."
        elif images.ndim == 2 and images.shape[1] == np.prod(shape):
            mend = f"Give them their shape: X.reshape{(-1, *shape)}."
        elif not form.files:
            mend = "Resize them, or have FewShotClassifier(prepare=True) do it."
        else:
            mend = "Resize them, or pass a list of their files, which are read as in training."
        raise ValueError(
            f"Argument `X` must hold images of {size}, as this model was trained on. "
            f"Received: an array of shape {images.shape}. {mend}"
        )
    if not len(images):
        raise ValueError("Argument `X` must hold at least one image. Received: none.")
    images = as_uint8(images, "X")
    if form.ink:
        _warn_of_bright_background(images)
    return images


def _warn_of_bright_background(images):
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    flat = [edge.reshape(len(images), -1) for edge in edges]
    bright = np.median(np.concatenate(flat, axis=1), axis=1) > 127
    if bright.any():
        warnings.warn(
            f"Argument `X` holds {count(bright.sum(), 'image')}, of {len(images)}, on a bright "
            "background, which the models take for ink: invert them, or pass "
            "FewShotClassifier(prepare=True).",
            stacklevel=_CALLER + 1,
        )


def _prepare_images(images, form):
    """Returns drawings of any kind brought to the form of Omniglot's."""
    if form.color or not form.ink:
        raise ValueError(
            "FewShotClassifier(prepare=True) brings drawings to the form that models of drawings "
            "know, but this model was trained on images as they are: leave `prepare` out, and pass "
            "files, which are read as in training, or arrays."
        )
    if _is_single(images):
        raise ValueError("Argument `X` must hold images. Received: only one; pass it as [image].")
    if not len(images):
        raise ValueError("Argument `X` must hold at least one image. Received: none.")
    drawings, doubts = [], {}
    for number, image in enumerate(images):
        try:
            drawing, doubt = prepare_with_doubt(image, form.size)
        except ValueError as error:
            raise ValueError(f"Image {number} of argument `X`: {error}") from None
        drawings.append(drawing)
        if doubt:
            doubts.setdefault(doubt, []).append(number)
    for doubt, numbers in doubts.items():
        warnings.warn(
            f"Argument `X`: {len(numbers)} of {count(len(images), 'image')} may be wrong, such as "
            f"number {numbers[0]}: it {doubt}.",
            stacklevel=_CALLER,
        )
    return as_uint8(np.stack(drawings), "X")


def _is_single(images):
    if isinstance(images, (str, os.PathLike)) or hasattr(images, "getbands"):
        return True
    return isinstance(images, np.ndarray) and images.ndim == 2
