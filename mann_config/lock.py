"""Keeps two trainings out of one folder."""

import contextlib
import os
import socket

from mann_config.errors import UserError

try:
    import fcntl
except ImportError:
    # Windows.
    import msvcrt

    fcntl = None

# Far beyond the content of the file: on Windows nobody else can read a locked byte.
_LOCKED_BYTE = 1 << 20


@contextlib.contextmanager
def hold_lock(path):
    """Holds a lock on the folder of `path`, a file that is made for the lock and stays.

    The system releases the lock when the process ends, however it ends. A folder that cannot be
    locked, as on some network file systems, is used without a lock, with a warning.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        UserError: if another process, or another call in this one, holds the lock.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "ab", buffering=0))
        except OSError as error:
            _warn(path, error)
        else:
            _lock(file, path)
        yield


def _lock(file, path):
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
    except (BlockingIOError, PermissionError) as error:
        raise UserError(
            f"--workdir={path.parent} is in use by another training ({_describe_holder(path)}): "
            "wait for it, stop it, or choose another --workdir."
        ) from error
    except OSError as error:
        _warn(path, error)


def _describe_holder(path):
    try:
        return path.read_text(errors="replace") or "unknown process"
    except OSError as error:
        return str(error)


def _warn(path, error):
    print(
        f"Warning: {path.parent} cannot be locked ({error.strerror}): make sure that no other "
        "training writes there."
    )
