"""Writes files whole or not at all."""

import contextlib
import os
import pathlib
import threading

try:
    import fcntl
except ImportError:
    # Windows.
    fcntl = None

ASIDE = ".partial-"


def move_without_replacing(paths, folder):
    """Moves files and folders into a folder, all or none: what is there stays as it is.

    Processes that move the same names at once do not disturb each other: the first one moves its
    own.

    Args:
        paths: list of paths on the same file system as `folder`.
        folder: `pathlib.Path`.

    Raises:
        FileExistsError: if one of the names is taken.
    """
    targets = [folder / path.name for path in paths]
    taken = []
    try:
        # An empty one of our own, which no one else can make, is then replaced.
        for path, target in zip(paths, targets, strict=True):
            target.mkdir() if path.is_dir() else target.touch(exist_ok=False)
            taken.append(target)
    except OSError:
        for target in taken:
            target.rmdir() if target.is_dir() else target.unlink()
        raise
    for path, target in zip(paths, targets, strict=True):
        os.replace(path, target)


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


@contextlib.contextmanager
def take_turns(path):
    """Lets in one process, or thread, after the other of those that name the same file.

    The file is made and stays; the system lets in the next one however a process ends. A file that
    cannot be made or locked keeps nobody waiting.

    Args:
        path: path of the file; its folder is made.
    """
    path = pathlib.Path(path)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(open(path, "ab"))
            if fcntl is not None:
                _wait_for_lock(file)
        yield


def _wait_for_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Waiting for another process, which holds {file.name} ...", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
