"""The one-shot classification runs of Lake et al.: 20 within-alphabet tasks, in one zip file."""

import collections
import contextlib
import functools
import io
import pathlib
import re
import zipfile
import zlib

import numpy as np

from episodes._checks import check_positive
from episodes.cache import DataError, summarize_error
from episodes.few_shot import Episode, Examples
from episodes.omniglot_tfds import average_area
from episodes.wording import count

_MAX_BYTES = 1_000_000  # Most bytes of a file of the archive; the official ones have hundreds.
_LABELS = "class_labels.txt"
_NUM_RUNS = _NUM_DRAWINGS = 20
# The files of a run. This leaves out files that systems add, such as "._item01.png" and copies in
# hidden folders, and those that people add, such as a README.
_IN_RUN = re.compile(
    r"(?P<folder>(\./)?((?!\.|__MACOSX/)[^/]+/)*run(?P<number>\d{1,4})/)"
    r"(class_labels\.txt|(training|test)/[^/.][^/]*\.png)"
)
_OUTSIDE = re.compile(r"/|[A-Za-z]:/|(.*/)?\.\.(/|$)")


def load_lake_runs(path, image_size=28):
    """Returns the runs of `all_runs.zip` as episodes: 20 classes of one alphabet, one shot each.

    The official file (github.com/brendenlake/omniglot, python/one-shot-classification) holds 20
    runs of 20 training drawings and 20 test drawings, of which only the background set may be
    learned from. Nothing is unpacked to disk.

    Args:
        path: path of the zip file, or of the folder that it was unpacked to. Other files in it,
            such as a README, are ignored.
        image_size: side of the square images in pixels, at most the side of the drawings. Defaults
            to `28`.

    Returns:
        List of 20 `Episode`, ink on zero, in the order of the runs' numbers.

    Raises:
        ValueError: if `image_size` is not an integer of 1 or more.
        DataError: if the file is missing or damaged, names a path outside itself, or has too few or
            too many runs or drawings. The message names the file.

    Reference: Lake et al., "Human-level concept learning through probabilistic program induction",
    Science, 2015.

    Example: `load_lake_runs("all_runs.zip", image_size=28)[0].support.images`
    """
    check_positive("image_size", image_size)
    path = pathlib.Path(path)
    with contextlib.ExitStack() as stack:
        files = _list_folder(path) if path.is_dir() else _list_zip(path, stack)
        runs = _find_runs(path, files)
        return [_read_run(path, files, *run, image_size) for run in runs]


def _list_folder(path):
    """Returns a dict from the name of each file of a folder to the function that reads it."""
    files = (file for file in path.rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes for file in files}


def _list_zip(path, stack):
    """Returns a dict from the name of each file of a zip to the function that reads it."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = archive.infolist()
    # Damaged directories make the reader raise nearly anything.
    except Exception as error:
        raise DataError(
            f"Runs file {path} cannot be read ({summarize_error(error)}): get it anew."
        ) from None
    files = {}
    for info in members:
        # Some programs on Windows write backslashes.
        name = info.filename.replace("\\", "/")
        if _OUTSIDE.match(name):
            raise DataError(
                f"Runs file {path} names {info.filename!r}, a path outside itself: do not trust it."
            )
        if info.file_size > _MAX_BYTES and _IN_RUN.fullmatch(name):
            raise DataError(
                f"Runs file {path}: {info.filename!r} has {info.file_size:,} bytes, more than any "
                "drawing needs: do not trust it."
            )
        if not name.endswith("/"):
            files[name] = functools.partial(_read_member, archive, info)
    return files


def _read_member(archive, info):
    data = archive.read(info)
    # The reader checks the CRC only where it believes to be at the end of the file.
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile("its size or CRC is not that of the directory")
    return data


def _find_runs(path, files):
    """Returns pairs of a run's folder and its files, in the order of the runs' numbers."""
    folders, numbers = collections.defaultdict(set), {}
    for name in files:
        if run := _IN_RUN.fullmatch(name):
            folders[run["folder"]].add(name)
            numbers[run["folder"]] = int(run["number"])
    if not folders:
        raise DataError(
            f"Runs file {path} holds no run01/{_LABELS}: pass all_runs.zip of Lake's Omniglot, or "
            "the folder that it was unpacked to."
        )
    expected = [f"run{number:02d}" for number in range(1, _NUM_RUNS + 1)]
    found = sorted(f"run{number:02d}" for number in numbers.values())
    if found != expected:
        lacks = ", ".join(sorted(set(expected) - set(found)))
        raise DataError(
            f"Runs file {path} holds {count(len(found), 'run')} where {_NUM_RUNS} are expected, "
            f"{expected[0]} to {expected[-1]}{lacks and ', and lacks ' + lacks}: get it anew."
        )
    return sorted(folders.items(), key=lambda run: numbers[run[0]])


def _read_run(path, files, folder, in_folder, image_size):
    text = _read(path, files, folder + _LABELS).decode("utf-8-sig", "replace").replace("\\", "/")
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise DataError(
            f"Runs file {path}: {folder}{_LABELS} must hold lines of two names, a test drawing and "
            "a training drawing."
        )
    above = folder[: folder.rstrip("/").rfind("/") + 1]
    tests, trainings = ([above + name for name in column] for column in zip(*pairs, strict=True))
    for part, labelled in (("test/", tests), ("training/", trainings)):
        present = {name for name in in_folder if name.startswith(folder + part)}
        _check_drawings(path, folder, part, labelled, present)
    classes = sorted(trainings)
    support = np.stack([_read_drawing(path, files, name, image_size) for name in classes])
    query = np.stack([_read_drawing(path, files, name, image_size) for name in tests])
    labels = np.array([classes.index(training) for training in trainings], np.int32)
    # Classes are in the order of their names, which reveals nothing about the queries.
    return Episode(
        Examples(support, np.arange(len(classes), dtype=np.int32)),
        Examples(query, labels),
        np.arange(len(classes)),
        tuple(name.removeprefix(above) for name in classes),
    )


def _check_drawings(path, folder, part, labelled, present):
    """Raises DataError unless the labels name each of 20 drawings of a run once."""
    missing = sorted(set(labelled) - present)
    if missing or len(present) != _NUM_DRAWINGS:
        raise DataError(
            f"Runs file {path} holds {count(len(present), 'drawing')} in {folder}{part}, where "
            f"{_NUM_DRAWINGS} are expected{', and lacks ' + missing[0] if missing else ''}: get it "
            "anew."
        )
    if sorted(labelled) != sorted(present):
        raise DataError(
            f"Runs file {path}: {folder}{_LABELS} must name each of the {_NUM_DRAWINGS} drawings "
            f"in {part} once. Received: {count(len(labelled), 'name')}, {len(set(labelled))} of "
            "them different."
        )


def _read_drawing(path, files, name, image_size):
    from PIL import Image

    data = _read(path, files, name)
    try:
        with Image.open(io.BytesIO(data)) as image:
            ink = 255 - np.asarray(image.convert("L"), np.uint8)
    # Pillow's readers raise nearly anything on damaged bytes.
    except Exception:
        raise DataError(
            f"Runs file {path}: {name} is damaged or not an image: get the file anew."
        ) from None
    if ink.shape[0] != ink.shape[1] or ink.shape[0] < image_size or ink.shape[0] > 256:
        raise DataError(
            f"Runs file {path}: {name} is {ink.shape[1]} x {ink.shape[0]} pixels, and must be "
            f"square, of {image_size} to 256: choose a smaller size, or get the file anew."
        )
    return average_area(ink[None], image_size)[0] / np.float32(255)


def _read(path, files, name):
    try:
        return files[name]()
    except KeyError:
        raise DataError(f"Runs file {path} lacks {name}: get it anew.") from None
    # Damaged members raise errors of zlib and of others.
    except Exception as error:
        raise DataError(
            f"Runs file {path}: {name} is damaged ({summarize_error(error)}): get it anew."
        ) from None
