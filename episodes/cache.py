"""Cached files of arrays: written atomically, and checked whenever they are read."""

import hashlib
import os
import pathlib

import numpy as np

from episodes.files import write_atomically


class DataError(RuntimeError):
    """Data that could not be read, downloaded or cached; the message says how to mend it."""


def get_cache_path(name, cache_dir=None):
    """Returns the path of the cached file `name`.

    Args:
        name: file name.
        cache_dir: folder. Defaults to `None`: `$MANN_CACHE_DIR`, else `$XDG_CACHE_HOME/mann`,
            else `~/.cache/mann`.

    Example:

    >>> get_cache_path("omniglot-20x20.npz", "arrays").as_posix()
    'arrays/omniglot-20x20.npz'
    """
    folder = cache_dir or os.environ.get("MANN_CACHE_DIR")
    if not folder:
        folder = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "mann"
    return pathlib.Path(folder).expanduser() / name


def summarize_error(error):
    """Returns the type and the first line of the message of `error`."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


_MEND_WRITING = "Set MANN_CACHE_DIR to a folder with space that you may write to."
_MEND_READING = "Delete it and run again, which makes it anew."


def write_arrays(path, content, arrays, mend=_MEND_WRITING):
    """Writes named arrays to one uncompressed `.npz` file, whole or not at all.

    Args:
        path: path of the file; its folder is made.
        content: string that describes the content and format of the file.
        arrays: dict of arrays of numbers, booleans or strings.
        mend: sentence of the error message that says what to do if the file cannot be written.

    Raises:
        DataError: if the file cannot be written.
    """
    path = pathlib.Path(path)
    labels = {"content": np.array(content), "sha256": np.array(hash_arrays(content, arrays))}
    try:
        with write_atomically(path) as aside:
            np.savez(aside, **labels, **arrays)
    except OSError as error:
        raise DataError(
            f"Could not write the file {path} ({summarize_error(error)}). {mend}"
        ) from None


def read_arrays(path, content, mend=_MEND_READING):
    """Returns the dict of arrays that `write_arrays` wrote, after checking every byte.

    Args:
        path: path of the file.
        content: the string that the file was written with.
        mend: sentence of the error message that says what to do if the file is damaged.

    Raises:
        DataError: if the file is damaged, or has another content. The file is left as it is.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        found, expected = str(arrays.pop("content")), str(arrays.pop("sha256"))
    # Damaged bytes can make the readers of zip files and of arrays raise nearly anything.
    except Exception as error:
        raise _file_error(path, f"cannot be read ({summarize_error(error)})", mend) from None
    if found != content:
        raise _file_error(path, f"holds {found!r} where {content!r} was expected", mend)
    if expected != hash_arrays(content, arrays):
        raise _file_error(path, "is damaged: its content does not match its SHA-256", mend)
    return arrays


def _file_error(path, reason, mend):
    return DataError(f"File {path} {reason}. {mend}")


def hash_arrays(content, arrays):
    """Returns the SHA-256 of named arrays and of their description, as a hex digest."""
    sha256 = hashlib.sha256(content.encode())
    for name, array in sorted(arrays.items()):
        sha256.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        sha256.update(array.tobytes())
    return sha256.hexdigest()
