"""Writes files whole or not at all."""

import contextlib
import os
import pathlib
import threading

ASIDE = ".partial-"


@contextlib.contextmanager
def write_atomically(path):
    """Yields a temporary path to write to, which is then renamed to `path` in one step.

    Processes and threads that write the same file at once do not disturb each other: the last one
    leaves its own.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays at the end: NumPy, Keras and matplotlib choose the format by it.
    aside = path.with_name(f"{ASIDE}{os.getpid()}-{threading.get_ident()}-{path.name}")
    try:
        yield aside
        # Windows cannot sync a file that is open only for reading.
        with open(aside, "r+b") as file:
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
