"""The errors that a command answers with one line instead of a traceback."""

import signal


class UserError(Exception):
    """Something the user can mend; the message says how."""


def missing_field(section, error):
    """Returns the UserError for a field that a config lacks.

    Args:
        section: where it was looked for, such as `"config.train"`.
        error: what ml_collections raised, whose text is the name of the field.
    """
    name = str(error).strip("\"'")
    return UserError(
        f"--{section} has no field {name}, or the run is of another version of "
        "this program: the files of configs/ show what it holds."
    )


class Interrupted(Exception):
    """A signal stopped the run; the message says where it can go on.

    Attributes:
        exit_status: that a shell gives a command ended by this signal.
    """

    def __init__(self, message, number=signal.SIGINT):
        super().__init__(message)
        self.exit_status = 128 + number
