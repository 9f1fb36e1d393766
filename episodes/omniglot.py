"""Omniglot: 1623 handwritten characters of 50 alphabets, 20 drawings of each, split by class."""

import hashlib
import numbers

from episodes.cache import DataError, get_cache_path, read_arrays, summarize_error, write_arrays
from episodes.dataset import FewShotDataset
from episodes.omniglot_tfds import read_omniglot
from episodes.splits import Splits

# Characters to train and validate on, where they are chosen at random; the others are for the test.
_POOLS = {"santoro": 1200, "ramalho": 623}
SPLITS = (*_POOLS, "lake")


def load_omniglot(
    image_size=20, split="santoro", num_validation_classes=100, data_dir=None, cache_dir=None
):
    """Returns the `Splits` of Omniglot, ink on zero: 0 is paper, 255 is full ink.

    The first call reads the drawings through TensorFlow Datasets (a download of 18 MB where no
    prepared copy is found) and keeps them in one file per image size, 13 MB at 20 pixels. Later
    calls read that file in a fraction of a second, without TensorFlow.

    A class is named as in the original archive, `"Balinese/character03"`. Its drawings are in the
    order of the SHA-256 of their full-size bitmaps: drawing `d` is the same at every image size
    and with every version of every library. So are the splits:

    - `"santoro"`: 1200 characters to train and 423 to test, as many as in Santoro et al., who list
      none: here they are in the order of the SHA-256 of their names. Validation takes the last
      `num_validation_classes` of the 1200, so the test classes never change. An alphabet has
      characters on both sides.
    - `"ramalho"`: 623 characters to train and 1000 to test, as many as in Ramalho and Garnelo, in
      that order too: its test classes are those of `"santoro"` and 577 more.
    - `"lake"`: the 30 background alphabets (964 characters) to train and the 20 evaluation
      alphabets (659) to test. Validation takes whole background alphabets, in the order of the
      SHA-256 of their names, until it has `num_validation_classes` characters or a few more: as in
      the test, no alphabet of it was seen in training.

    Args:
        image_size: side of the square images in pixels, from 1 to 105; the drawings, 105 pixels
            wide, are averaged over the area of each new pixel. Defaults to `20`.
        split: `"santoro"`, `"ramalho"` or `"lake"`. Defaults to `"santoro"`.
        num_validation_classes: number of characters taken out of the training ones, 0 for none.
            Defaults to `100`.
        data_dir: folder of TensorFlow Datasets. Defaults to `None`: `$TFDS_DATA_DIR`, else
            `~/tensorflow_datasets`.
        cache_dir: folder of the cached file. Defaults to `None`: `$MANN_CACHE_DIR`, else
            `$XDG_CACHE_HOME/mann`, else `~/.cache/mann`.

    Raises:
        ValueError: if an argument is out of range.
        DataError: if Omniglot cannot be read or downloaded, or the cached file is damaged.

    References:
        Lake et al., "Human-level concept learning through probabilistic program induction",
        Science, 2015. Santoro et al., "Meta-learning with memory-augmented neural networks",
        ICML, 2016. Ramalho and Garnelo, "Adaptive posterior learning: few-shot learning with a
        surprise-based memory module", ICLR, 2019.

    Example:

    >>> omniglot = load_omniglot(image_size=20)
    >>> omniglot.train.images.shape, omniglot.validation.num_classes, omniglot.test.num_classes
    ((1100, 20, 20, 20), 100, 423)
    """
    if not isinstance(image_size, numbers.Integral) or not 1 <= image_size <= 105:
        raise ValueError(
            "Argument `image_size` must be a whole number of pixels from 1 to 105, the size of the "
            f"drawings. Received: {image_size!r}."
        )
    # Checked here already: bad arguments must not cost a download.
    _check_split(split, num_validation_classes)

    path = get_cache_path(f"omniglot-{image_size}x{image_size}.npz", cache_dir)
    content = f"omniglot {image_size}x{image_size}, format 1"
    if not path.exists():
        read = _read_or_explain(image_size, data_dir, path)
        # Kept in a file of their own: they are the same at every size.
        read.pop("drawers")
        write_arrays(path, content, read)
    arrays = read_arrays(path, content)

    class_names = arrays["class_names"].tolist()
    dataset = FewShotDataset(arrays["images"], class_names)
    index = {name: i for i, name in enumerate(class_names)}
    background = dict(zip(class_names, arrays["background"].tolist(), strict=True))
    names = split_classes(background, split, num_validation_classes)
    return Splits(*(dataset.select(index[name] for name in part) for part in names))


def load_drawers(data_dir=None, cache_dir=None):
    """Returns who made each drawing of Omniglot: a dict from a class name to `(20,)` numbers.

    Each character of an alphabet was drawn by the same 20 people, numbers 1 to 20. The numbers of a
    class are in the order of its drawings in `load_omniglot`. Like it, the first call reads
    Omniglot, and keeps the numbers in one small file.

    Args:
        data_dir: folder of TensorFlow Datasets, as in `load_omniglot`. Defaults to `None`.
        cache_dir: folder of the cached file, as in `load_omniglot`. Defaults to `None`.

    Raises:
        DataError: if Omniglot cannot be read or downloaded, its files do not tell who drew, or the
            cached file is damaged.

    Example: `load_drawers()["Tengwar/character01"]`
    """
    path = get_cache_path("omniglot-drawers.npz", cache_dir)
    content = "omniglot drawers, format 1"
    if not path.exists():
        # The smallest images: they are left out.
        read = _read_or_explain(1, data_dir, path)
        if not read["drawers"].all():
            raise DataError(
                "The prepared copy of Omniglot does not tell who made a drawing, as its records "
                "are in an unknown order. Have tensorflow-datasets prepare it anew, or copy "
                f"{path} from a machine that has it."
            )
        write_arrays(path, content, {name: read[name] for name in ("class_names", "drawers")})
    arrays = read_arrays(path, content)
    return dict(zip(arrays["class_names"].tolist(), arrays["drawers"], strict=True))


def split_classes(background, split, num_validation_classes):
    """Returns the class names of the train, validation and test splits of `load_omniglot`.

    Args:
        background: dict from class name, `"alphabet/character"`, to whether it is in Lake's
            background set; its order does not matter.
        split: `"santoro"`, `"ramalho"` or `"lake"`.
        num_validation_classes: number of classes taken out of the training ones.

    Returns:
        Three lists of class names, each in the order of the SHA-256 of the names.

    Raises:
        ValueError: if `split` is unknown, or if no class is left to train on.

    Example:

    >>> background = {"Latin/a": True, "Latin/b": True, "Greek/a": True, "Tengwar/a": False}
    >>> split_classes(background, "lake", 1)
    (['Latin/a', 'Latin/b'], ['Greek/a'], ['Tengwar/a'])
    """
    _check_split(split, num_validation_classes)
    class_names = sorted(background, key=_hash)
    if split in _POOLS:
        pool, test = class_names[: _POOLS[split]], class_names[_POOLS[split] :]
    else:
        class_names.sort(key=lambda name: _hash(_get_alphabet(name)))
        pool = [name for name in class_names if background[name]]
        test = [name for name in class_names if not background[name]]
    border = max(0, len(pool) - num_validation_classes)
    if split == "lake":
        while 0 < border < len(pool) and _get_alphabet(pool[border - 1]) == _get_alphabet(
            pool[border]
        ):
            border -= 1
    if not border:
        raise ValueError(
            "Argument `num_validation_classes` must leave classes to train on: split "
            f"{split!r} has {len(pool)} for training and validation. Received: "
            f"{num_validation_classes}."
        )
    return pool[:border], pool[border:], test


def _check_split(split, num_validation_classes):
    if split not in SPLITS:
        raise ValueError(f"Argument `split` must be one of {SPLITS}. Received: {split!r}.")
    if not isinstance(num_validation_classes, numbers.Integral) or num_validation_classes < 0:
        raise ValueError(
            "Argument `num_validation_classes` must be a whole number, 0 for no validation. "
            f"Received: {num_validation_classes!r}."
        )


def _read_or_explain(image_size, data_dir, path):
    try:
        return read_omniglot(image_size, data_dir)
    # TFDS, TensorFlow and the network fail in many ways; the remedy is the same for all.
    except Exception as error:
        raise DataError(
            f"Could not read or download Omniglot ({summarize_error(error)}). Either connect to "
            "the network once, with tensorflow and tensorflow-datasets installed; or set "
            f"TFDS_DATA_DIR to a folder with a prepared copy; or copy {path} from a machine "
            "that has it."
        ) from None


def _get_alphabet(class_name):
    return class_name.split("/")[0]


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()
