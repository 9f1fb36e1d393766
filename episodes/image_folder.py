"""Few-shot datasets out of a folder of a person's own images."""

import hashlib
import pathlib

import numpy as np

from episodes._checks import check_positive
from episodes.arrays import dataset_from_arrays
from episodes.cache import DataError, one_line

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def load_image_folder(path, image_size=None, color=False, invert=False, min_per_class=2):
    """Returns the dataset of a folder of images, `class/image.png`.

    Each folder that holds images is a class, named by its path below `path`: folders may be
    nested, as `alphabet/character/drawing.png`. Files and classes are in the order of their names;
    hidden ones are left out. Transparent pixels are white paper.

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
        ValueError: if `image_size` is no integer of 1 or more.
        DataError: if the folder is missing or holds no classes, an image cannot be read or has
            another size than the others, a class has too few, or two classes hold the same image.
            The message names the file.

    Example: `load_image_folder("my_signs", image_size=28, invert=True)`
    """
    from PIL import Image

    if image_size is not None:
        check_positive("image_size", image_size)
    root = pathlib.Path(path)
    if not root.is_dir():
        raise DataError(
            f"Image folder {root} is not a folder: pass one that holds class/image.png."
        )
    files = {}
    for file in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
        if file.suffix.lower() in SUFFIXES and file.parent != root and not hidden:
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
                    image = _on_white(image).convert("RGB" if color else "L")
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


def _on_white(image):
    """Returns an image upright, of 8 bits, and where it is transparent, white."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        # `convert` would clip it.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of mode {image.mode!r}: save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image


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
