"""Reads Omniglot through TensorFlow Datasets, once: later calls read the cached file."""

import collections
import hashlib
import itertools

import numpy as np

from episodes.tfds_builder import open_builder

_NUM_CLASSES = 1623
_NUM_BACKGROUND = 964
_NUM_DRAWINGS = 20


def read_omniglot(image_size, data_dir=None):
    """Returns every drawing of Omniglot as named arrays, downloading it where it is missing.

    Args:
        image_size: side of the square images in pixels, at most 105.
        data_dir: folder of TensorFlow Datasets. Defaults to `None`: `$TFDS_DATA_DIR`, else
            `~/tensorflow_datasets`.

    Returns:
        Dict of arrays: `class_names` `(1623,)`, sorted; `background` `(1623,)`, whether the class
        is in Lake's background set; `images` uint8 `(1623, 20, image_size, image_size)`, ink on
        zero; `drawers` uint8 `(1623, 20)`, who of the 20 people of its alphabet made each drawing,
        from 1, or zeros if the files do not tell.

    Raises:
        Exception: any error of TensorFlow Datasets, TensorFlow or the network.
        ValueError: if the data set that was read is not Omniglot.
    """
    builder = open_builder("omniglot", data_dir)
    import tensorflow_datasets as tfds

    alphabets = builder.info.features["alphabet"]
    names, keys, images, drawers, num_background = [], [], [], [], 0
    for subset in ("train", "test"):
        characters = []
        num_background = len(names)
        for batch in tfds.as_numpy(builder.as_dataset(split=subset, batch_size=1024)):
            ink = 255 - batch["image"][..., 0]
            images.append(average_area(ink, image_size))
            keys += [hashlib.sha256(drawing.tobytes()).digest() for drawing in ink]
            fields = (batch[name].tolist() for name in ("alphabet", "alphabet_char_id", "label"))
            characters += [
                (alphabets.int2str(alphabet), *numbers)
                for alphabet, *numbers in zip(*fields, strict=True)
            ]
        names += [f"{alphabet}/character{index + 1:02d}" for alphabet, index, _ in characters]
        drawers += find_drawers(subset, characters)
    background = set(names[:num_background])
    counts = collections.Counter(names)
    found = len(counts), len(background), set(counts.values())
    if found != (_NUM_CLASSES, _NUM_BACKGROUND, {_NUM_DRAWINGS}):
        raise ValueError(
            f"expected {_NUM_CLASSES} classes, {_NUM_BACKGROUND} of them background, of "
            f"{_NUM_DRAWINGS} drawings; found {found}"
        )
    class_names, images = group_by_class(names, keys, np.concatenate(images))
    _, drawers = group_by_class(names, keys, np.array(drawers, np.uint8))
    return {
        "class_names": np.array(class_names),
        "background": np.array([name in background for name in class_names]),
        "images": images,
        "drawers": drawers,
    }


def find_drawers(subset, characters):
    """Returns who made each drawing of a subset, numbers from 1, or zeros if that cannot be told.

    The data set leaves out the names of the image files, which end with the number of the drawer.
    But it sorts its records by the MD5 of its own name and theirs: the names of all files, which
    the characters determine, are sorted alike. That the characters then agree at every record shows
    that the order is understood.

    Args:
        subset: name of the subset, `"train"` or `"test"`.
        characters: list of a tuple for each record, in their order: the name of the alphabet, the
            index of the character in it, and the index of the class.
    """
    salt = hashlib.md5(subset.encode(), usedforsecurity=False)

    def place(key):
        (alphabet, index, label), drawer = key
        md5 = salt.copy()
        md5.update(f"{alphabet}_{index}_{label + 1:04d}_{drawer:02d}.png".encode())
        return md5.digest()

    everyone = range(1, _NUM_DRAWINGS + 1)
    keys = sorted(itertools.product(set(characters), everyone), key=place)
    if [character for character, _ in keys] != characters:
        return [0] * len(characters)
    return [drawer for _, drawer in keys]


def average_area(images, size):
    """Returns square images averaged over the area of each new pixel: `W @ image @ W.T`.

    `W[i, j]` is the share of new pixel `i` that old pixel `j` covers.

    Args:
        images: uint8 array of shape `(num_images, side, side)`, with `side` at most 256.
        size: side of the new images in pixels, at most `side`.

    Returns:
        uint8 array of shape `(num_images, size, size)`.

    Example:

    >>> stroke = np.array([[[0, 200, 0], [0, 200, 0], [0, 200, 0]]], "uint8")
    >>> average_area(stroke, 2)
    array([[[67, 67],
            [67, 67]]], dtype=uint8)
    """
    side = images.shape[-1]
    old = np.arange(side + 1) * size
    new = np.arange(size + 1)[:, None] * side
    overlap = np.minimum(new[1:], old[1:]) - np.maximum(new[:-1], old[:-1])
    # Whole numbers whose sums stay under 255 * side**2 < 2**24: exact in float32 in whichever
    # order a library adds them, so the images are the same on every machine.
    weights = overlap.clip(min=0).astype(np.float32)
    sums = weights @ images.astype(np.float32) @ weights.T
    return np.rint(sums / side**2).astype(np.uint8)


def group_by_class(names, keys, images):
    """Returns the sorted class names, and the images by class in the order of their keys.

    Args:
        names: class name of each image, in any order, each name equally often.
        keys: sortable key of each image.
        images: array of shape `(num_images, ...)`.

    Returns:
        List of names, and array of shape `(num_classes, num_drawings, ...)`.

    Example:

    >>> names, images = group_by_class("baab", [1, 4, 3, 2], np.arange(4).reshape(4, 1, 1))
    >>> names, images.squeeze().tolist()
    (['a', 'b'], [[2, 1], [0, 3]])
    """
    order = sorted(range(len(names)), key=lambda i: (names[i], keys[i]))
    class_names = sorted(set(names))
    return class_names, images[order].reshape(len(class_names), -1, *images.shape[1:])
