"""Reads the files of a run, and tells one that is missing from one that cannot be read."""

import errno
import json
import pathlib

from episodes.files import write_atomically
from mann_config.errors import UserError

_MENDS = {
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "close other programs, as the system has too many files open",
    errno.EACCES: "give yourself the right to read it",
    errno.EPERM: "give yourself the right to read it",
}


def write_json(path, value):
    """Writes `value` as JSON to `path`."""
    with write_atomically(path) as aside:
        aside.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_bytes(path):
    """Returns the content of a file.

    Raises:
        FileNotFoundError: if there is no such file.
        UserError: if the file cannot be read now, though it may be whole.
    """
    try:
        return pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable_error(path, error) from error


def unreadable_error(path, error):
    """Returns the UserError for a file that may be whole, but cannot be read now."""
    mend = _MENDS.get(getattr(error, "errno", None), "mend that")
    reason = getattr(error, "strerror", None) or error
    return UserError(
        f"{path} cannot be read ({reason}) and is left as it is: {mend}, then run the same command "
        "again."
    )
