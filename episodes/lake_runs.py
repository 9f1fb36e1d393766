"""The one-shot classification runs of Lake et al.: 20 within-alphabet tasks, in one zip file."""

import io
import pathlib
import re
import zipfile

import numpy as np

from episodes._checks import check_positive
from episodes.cache import DataError, one_line
from episodes.few_shot import Episode, Examples
from episodes.omniglot_tfds import area_average

_MAX_BYTES = 1_000_000  # Of one file of the archive; the official ones have some hundreds.
_LABELS = "class_labels.txt"


def load_lake_runs(path, image_size=28):
    """Returns the runs of `all_runs.zip` as episodes: 20 classes of one alphabet, one shot each.

    The official file (github.com/brendenlake/omniglot, python/one_shot_classification) holds 20
    runs of 20 training drawings and 20 test drawings, of which only the background set may be
    learned from. Nothing is unpacked to disk.

    Args:
        path: of the zip file.
        image_size: side of the square images in pixels, at most that of the drawings. Defaults to
            `28`.

    Returns:
        List of `Episode`, ink on zero, in the order of the runs.

    Raises:
        ValueError: if `image_size` is no integer of 1 or more.
        DataError: if the file is missing, damaged, names a path outside itself, or lacks
            something. The message names the file.

    Reference: Lake et al., "Human-level concept learning through probabilistic program induction",
    Science, 2015.

    Example: `load_lake_runs("all_runs.zip", image_size=28)[0].support.images`
    """
    check_positive("image_size", image_size)
    path = pathlib.Path(path)
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(
            f"Runs file {path} cannot be read ({one_line(error)}): get it anew."
        ) from None
    with archive:
        _check_names(archive, path)
        in_runs = (re.match(r"(.*/)?run\d+/", name) for name in archive.namelist())
        folders = sorted({run[0] for run in in_runs if run and not run[0].startswith("__MACOSX")})
        if not folders:
            raise DataError(
                f"Runs file {path} holds no run01/{_LABELS}: pass all_runs.zip of Lake's Omniglot."
            )
        return [_read_run(archive, path, folder, image_size) for folder in folders]


def _check_names(archive, path):
    for info in archive.infolist():
        parts = pathlib.PurePosixPath(info.filename.replace("\\", "/")).parts
        if ".." in parts or info.filename.startswith(("/", "\\")) or ":" in info.filename:
            raise DataError(
                f"Runs file {path} names {info.filename!r}, a path outside itself: do not trust it."
            )
        if info.file_size > _MAX_BYTES:
            raise DataError(
                f"Runs file {path}: {info.filename!r} has {info.file_size:,} bytes, more than any "
                "drawing needs: do not trust it."
            )


def _read_run(archive, path, folder, image_size):
    text = _read(archive, path, folder + _LABELS).decode("utf-8", "replace")
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise DataError(
            f"Runs file {path}: {folder}{_LABELS} must hold lines of two names, a test drawing and "
            "a training drawing."
        )
    parent = folder.rstrip("/").rpartition("/")[0]
    parent = parent + "/" if parent else ""
    classes = sorted({training for _, training in pairs})
    support = np.stack([_drawing(archive, path, parent + name, image_size) for name in classes])
    query = np.stack([_drawing(archive, path, parent + test, image_size) for test, _ in pairs])
    labels = np.array([classes.index(training) for _, training in pairs], np.int32)
    # In the order of their names, which tell nothing of the queries.
    return Episode(
        Examples(support, np.arange(len(classes), dtype=np.int32)),
        Examples(query, labels),
        np.arange(len(classes)),
        tuple(classes),
    )


def _drawing(archive, path, name, image_size):
    from PIL import Image

    data = _read(archive, path, name)
    try:
        with Image.open(io.BytesIO(data)) as image:
            ink = 255 - np.asarray(image.convert("L"), np.uint8)
    # Pillow's readers raise nearly anything on damaged bytes.
    except Exception:
        raise DataError(
            f"Runs file {path}: {name} is damaged, or no image: get the file anew."
        ) from None
    if ink.shape[0] != ink.shape[1] or ink.shape[0] < image_size or ink.shape[0] > 256:
        raise DataError(
            f"Runs file {path}: {name} is {ink.shape[1]} x {ink.shape[0]} pixels, and must be "
            f"square, of {image_size} to 256: choose a smaller size, or get the file anew."
        )
    return area_average(ink[None], image_size)[0] / np.float32(255)


def _read(archive, path, name):
    try:
        return archive.read(name)
    except KeyError:
        raise DataError(f"Runs file {path} lacks {name}: get it anew.") from None
    # Damaged members raise errors of zlib and of others.
    except Exception as error:
        raise DataError(
            f"Runs file {path}: {name} is damaged ({one_line(error)}): get it anew."
        ) from None
