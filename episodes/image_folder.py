"""Few-shot datasets out of a person's own images: a folder of folders, or arrays."""

import hashlib
import pathlib

import numpy as np

from episodes.cache import DataError, one_line
from episodes.dataset import FewShotDataset

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def load_image_folder(path, image_size=None, color=False, invert=False, min_per_class=2):
    """Returns the dataset of a folder of images, `class/image.png`.

    Each folder that holds images is a class, named by its path below `path`: folders may be
    nested, as `alphabet/character/drawing.png`. Files and classes are in the order of their names.

    Args:
        path: folder.
        image_size: side in pixels that every image is resized to, made square by averaging.
            Defaults to `None`: as they are, all of one size.
        color: whether to keep three channels, or turn all into grey. Defaults to `False`.
        invert: whether to turn light into dark: black ink on white paper becomes ink on zero, as
            Omniglot and the pretrained models have it. Defaults to `False`.
        min_per_class: a class with fewer images is an error. Defaults to `2`: one to learn from
            and one to be asked.

    Returns:
        `FewShotDataset`.

    Raises:
        DataError: if the folder is missing or holds no classes, an image cannot be read or has
            another size than the others, a class has too few, or two classes hold the same image.
            The message names the file.

    Example: `load_image_folder("my_signs", image_size=28, invert=True)`
    """
    from PIL import Image

    root = pathlib.Path(path)
    if not root.is_dir():
        raise DataError(
            f"Image folder {root} is not a folder: pass one that holds class/image.png."
        )
    files = {}
    for file in sorted(root.rglob("*")):
        if file.suffix.lower() in SUFFIXES and file.parent != root:
            files.setdefault(file.parent.relative_to(root).as_posix(), []).append(file)
    if not files:
        raise DataError(
            f"Image folder {root} holds no class/image.png, nor images of another kind "
            f"({', '.join(SUFFIXES)}) in folders of their own."
        )
    for name, of_class in files.items():
        if len(of_class) < min_per_class:
            raise DataError(
                f"Class {name!r} of {root} has {len(of_class)} images, and {min_per_class} are "
                "needed: add some, remove the class, or lower `min_per_class`."
            )
    seen, images = {}, []
    for name, of_class in files.items():
        for file in of_class:
            try:
                with Image.open(file) as image:
                    image = image.convert("RGB" if color else "L")
                    if image_size is not None:
                        image = image.resize((image_size, image_size), Image.Resampling.BOX)
                    pixels = np.asarray(image, np.uint8)
            # Pillow's readers raise nearly anything on damaged bytes.
            except Exception as error:
                raise DataError(
                    f"Image {file} cannot be read ({one_line(error)}): mend or remove it."
                ) from None
            if images and pixels.shape != images[0].shape:
                raise DataError(
                    f"Image {file} is {_size(pixels)} pixels, but those before it are "
                    f"{_size(images[0])}: pass `image_size` to resize all of them."
                )
            images.append(255 - pixels if invert else pixels)
            _check_new(seen, images[-1], name, file)
    labels = np.repeat(list(files), [len(of_class) for of_class in files.values()])
    return dataset_from_arrays(np.stack(images), labels)


def dataset_from_arrays(images, labels):
    """Returns the dataset of labelled images.

    Args:
        images: array `(num_images, height, width[, channels])`: uint8, or floats from 0 to 1.
        labels: `(num_images,)`, whatever names the classes: strings or integers.

    Returns:
        `FewShotDataset` whose classes are in the order of their labels.

    Raises:
        ValueError: if the shapes do not fit, or a pixel is no number or out of range.

    Example:

    >>> images = np.zeros((5, 8, 8), "uint8")
    >>> dataset = dataset_from_arrays(images, ["a", "b", "a", "b", "a"])
    >>> dataset.class_names, dataset.counts.tolist()
    (('a', 'b'), [3, 2])
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim not in (3, 4) or labels.shape != images.shape[:1]:
        raise ValueError(
            "Arguments `images` and `labels` must have the shapes (num_images, height, width"
            f"[, channels]) and (num_images,). Received: {images.shape} and {labels.shape}."
        )
    images = as_uint8(images)
    names, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    padded = np.zeros((len(names), counts.max(initial=0), *images.shape[1:]), np.uint8)
    for index in range(len(names)):
        padded[index, : counts[index]] = images[inverse == index]
    return FewShotDataset(padded, [str(name) for name in names], counts)


def as_uint8(images, name="images"):
    """Returns images as uint8; floats must be from 0 to 1.

    Args:
        images: array of pixels.
        name: of the argument that they came as.

    Raises:
        ValueError: if a pixel is no number or out of range.
    """
    if images.dtype == np.uint8:
        return images
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


def _size(pixels):
    return " x ".join(map(str, pixels.shape[:2]))


def _check_new(seen, pixels, name, file):
    """Raises DataError if another class holds the same image."""
    digest = hashlib.sha256(pixels.tobytes()).digest()
    other_name, other = seen.setdefault(digest, (name, file))
    if other_name != name:
        raise DataError(
            f"Images {other} and {file} are the same, but in different classes: remove one."
        )
