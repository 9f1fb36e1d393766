"""Texts to learn from: tiny Shakespeare, or files of your own, each split into three."""

import os
import pathlib
import warnings
from typing import NamedTuple

import numpy as np

from episodes.cache import DataError, get_cache_path, read_arrays, summarize_error, write_arrays
from episodes.plain_text import read_text
from episodes.wording import count

# Of other texts, a tenth is held out for validation and a tenth for the test.
_HELD_OUT = 0.1
_SHAKESPEARE = "tiny_shakespeare, format 1"


class TextSplits(NamedTuple):
    """Documents to train, validate and test on, each a tuple of strings."""

    train: tuple
    validation: tuple
    test: tuple


def load_text(path):
    """Returns the `TextSplits` of a text file, or of a folder of them.

    A file is a document; the documents of a folder are its `.txt` and `.TXT` files and those of its
    subfolders, in the order of their names. Hidden files and folders, whose names begin with a
    point, are ignored; a warning names the other files that are not read. The last tenth of all
    characters is the test split, the tenth before it the validation split; a document is cut where
    a split ends within it.

    Args:
        path: path of a text file in UTF-8 or, with a byte order mark, UTF-16; or of a folder.

    Raises:
        DataError: if there is no such file, it is not such text, or the text is too short to
            split.

    Example: `load_text("novel.txt").train[0][:80]`
    """
    path = pathlib.Path(path).expanduser()
    documents = [read_text(file) for file in (_find(path) if path.is_dir() else [path])]
    total = sum(map(len, documents))
    if total < 10:
        raise DataError(
            f"{path} holds {count(total, 'character')}: too few to train, validate and test on."
        )
    test = int(total * (1 - _HELD_OUT))
    validation = int(total * (1 - 2 * _HELD_OUT))
    ends = np.cumsum([len(document) for document in documents]).tolist()

    def cut(first, last):
        parts = (
            document[max(0, first - end + len(document)) : max(0, last - end + len(document))]
            for document, end in zip(documents, ends, strict=True)
        )
        return tuple(part for part in parts if part)

    return TextSplits(cut(0, validation), cut(validation, test), cut(test, total))


def _find(folder):
    """Returns the text files of a folder and its subfolders, links to folders among them."""
    texts, others, seen = [], [], set()
    for parent, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        # A link to a folder above would be walked forever.
        here = os.path.realpath(parent)
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (pathlib.Path(parent, name) for name in files if not name.startswith(".")):
            (texts if path.suffix.lower() == ".txt" else others).append(path)
    if not texts:
        raise DataError(
            f"{folder} has no .txt file: give a text file in UTF-8, or a folder of .txt files."
        )
    if others:
        names = ", ".join(str(path.relative_to(folder)) for path in sorted(others)[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        warnings.warn(
            f"{folder}: {names}{more} are left out: only .txt files are read.",
            stacklevel=3,
        )
    return sorted(texts)


def _refuse(error):
    raise DataError(f"{error.filename} cannot be read ({summarize_error(error)}).")


def load_tiny_shakespeare(data_dir=None, cache_dir=None):
    """Returns the `TextSplits` of tiny Shakespeare, 1.1 million characters of his plays.

    The first call reads it through TensorFlow Datasets, whose splits these are (a download of 1 MB
    where no prepared copy is found), and keeps it in one file; later calls do without TensorFlow.

    Args:
        data_dir: folder of TensorFlow Datasets. Defaults to `None`: `$TFDS_DATA_DIR`, else
            `~/tensorflow_datasets`.
        cache_dir: folder of the cached file. Defaults to `None`: as in `load_omniglot`.

    Raises:
        DataError: if it cannot be read or downloaded, or the cached file is damaged.

    Example: `load_tiny_shakespeare().train[0][:80]`
    """
    path = get_cache_path("tiny-shakespeare.npz", cache_dir)
    if not path.exists():
        write_arrays(path, _SHAKESPEARE, _read_or_explain(data_dir, path))
    arrays = read_arrays(path, _SHAKESPEARE)
    return TextSplits(*((arrays[name].tobytes().decode(),) for name in TextSplits._fields))


def _read_or_explain(data_dir, path):
    try:
        return _read_shakespeare(data_dir)
    # TFDS, TensorFlow and the network fail in many ways; the remedy is the same for all.
    except Exception as error:
        raise DataError(
            f"Could not read or download tiny_shakespeare ({summarize_error(error)}). Either "
            "connect to the network once, with tensorflow and tensorflow-datasets installed; or "
            f"set TFDS_DATA_DIR to a folder with a prepared copy; or copy {path} from a machine "
            "that has it; or give a text of your own."
        ) from None


def _read_shakespeare(data_dir):
    import requests
    import tensorflow_datasets as tfds

    builder = tfds.builder("tiny_shakespeare", data_dir=data_dir)
    if not builder.is_prepared():
        # Without a network TFDS would retry for minutes; this fails within seconds.
        requests.head(builder.info.homepage, timeout=10)
        builder.download_and_prepare()
    return {
        name: np.frombuffer(
            b"".join(row["text"] for row in tfds.as_numpy(builder.as_dataset(split=name))), np.uint8
        )
        for name in TextSplits._fields
    }
