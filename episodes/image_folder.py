"""Few-shot datasets made of a folder of your own images."""

import hashlib
import pathlib
import warnings

import numpy as np

from episodes._checks import check_positive
from episodes.arrays import dataset_from_arrays
from episodes.cache import DataError
from episodes.image_files import LeftOut, describe_left_out, find_images
from episodes.image_pixels import (
    find_largest_deep_pixel,
    has_more_frames,
    open_image,
    read_array,
)
from episodes.wording import count


def load_image_folder(
    path, image_size=None, color=False, invert=False, min_per_class=2, max_per_class=None
):
    """Returns the dataset of a folder of images, `class/image.png`.

    Each folder that holds images is a class, named by its path below `path`: folders may be
    nested, as `alphabet/character/drawing.png`, and links. Files and classes are in the order of
    their names in Unicode's NFC, as are the names of the classes. Every file that Pillow can read
    is an image. A warning names the files that are left out, such as text, hidden files and
    folders, images outside the folder of a class, or copies of another image of the class; only
    files that systems make for themselves, such as `Thumbs.db` and `.DS_Store`, are not reported.

    Transparent pixels are white paper. White ink on them becomes black. Grey of 16 bits is scaled
    by as many bits as all such images together use: those of many cameras and scanners use 12.

    Args:
        path: path of the folder.
        image_size: side in pixels that every image is resized to, made square by averaging.
            Defaults to `None`: as they are, all of one size.
        color: whether to return three channels; if not, all images turn to grey. Defaults to
            `False`.
        invert: whether to swap light and dark: black ink on white paper becomes ink on zero, as
            Omniglot and the pretrained models have it. Defaults to `False`.
        min_per_class: least number of images of a class; fewer are an error. Defaults to `2`: one
            to learn from and one to classify.
        max_per_class: the most images of a class to read, the first by their names; all classes
            take as much memory as the largest. Defaults to `None`: all.

    Returns:
        `FewShotDataset`.

    Raises:
        ValueError: if `image_size` or `max_per_class` is not an integer of 1 or more.
        DataError: if the folder is missing or holds no classes, a folder or an image cannot be
            read, an image has another size than the others or would be black in 8 bits, a class
            has too few, or two classes hold the same image. The message names the file.

    Example: `load_image_folder("my_signs", image_size=28, invert=True)`
    """
    root = pathlib.Path(path)
    if not root.is_dir():
        raise DataError(
            f"Image folder {root} is not a folder: pass one that holds class/image.png."
        )
    return read_classes(
        root, *find_images(root), image_size, color, invert, min_per_class, max_per_class
    )


def read_classes(
    root,
    classes,
    left_out,
    image_size=None,
    color=False,
    invert=False,
    min_per_class=2,
    max_per_class=None,
):
    """Returns the dataset of classes of image files; a warning names the files that are left out.

    Args:
        root: `pathlib.Path` of the folder that they are in.
        classes: dict from the name of a class to its files, as `find_images` returns it.
        left_out: list of `LeftOut`, the other files there.
        image_size, color, invert, min_per_class, max_per_class: as `load_image_folder` takes them.

    Raises:
        ValueError: as `load_image_folder`.
        DataError: as `load_image_folder`.
    """
    if image_size is not None:
        check_positive("image_size", image_size)
    if max_per_class is not None:
        check_positive("max_per_class", max_per_class)
    left_out = list(left_out)
    if max_per_class is not None:
        for files in classes.values():
            left_out += [LeftOut(file, "past max_per_class") for file in files[max_per_class:]]
            del files[max_per_class:]
    largest = 0
    for file in (file for files in classes.values() for file in files):
        with open_image(file) as image:
            largest = max(largest, find_largest_deep_pixel(image))
            if has_more_frames(image):
                left_out.append(LeftOut(file, "all frames but the first"))
    if left_out:
        warnings.warn(describe_left_out(root, left_out), stacklevel=3)
    if not classes:
        raise DataError(
            f"Image folder {root} holds no class/image.png, nor images of another kind, in folders "
            "of their own."
        )
    seen, images, names, copies = {}, [], [], []
    for name, files in classes.items():
        for file in files:
            with open_image(file) as image:
                pixels = read_array(image, image_size, color, invert, largest)
            if images and pixels.shape != images[0].shape:
                raise DataError(
                    f"Image {file} is {_format_size(pixels)} pixels, but those before it are "
                    f"{_format_size(images[0])}: pass `image_size` to resize all of them."
                )
            if _is_new(seen, pixels, name, file):
                images.append(pixels)
                names.append(name)
            else:
                copies.append(LeftOut(file, "the same as another image of its class"))
    if copies:
        warnings.warn(describe_left_out(root, copies), stacklevel=3)
    for name in classes:
        if names.count(name) < min_per_class:
            raise DataError(
                f"Class {name!r} of {root} has {count(names.count(name), 'image')}, "
                f"and {min_per_class} or more are needed: add some, remove the class, or lower "
                "`min_per_class`."
            )
    return dataset_from_arrays(np.stack(images), np.array(names))


def _format_size(pixels):
    return " x ".join(map(str, pixels.shape[:2]))


def _is_new(seen, pixels, name, file):
    """Returns whether no image before is the same; raises DataError if one of another class is."""
    digest = hashlib.sha256(pixels.tobytes()).digest()
    other_name, other = seen.setdefault(digest, (name, file))
    if other_name != name:
        raise DataError(
            f"Images {other} and {file} are the same at {_format_size(pixels)} pixels, but in "
            "different classes: remove one."
        )
    return other == file
