"""The errors that a command answers with one line instead of a traceback."""

import signal


class UserError(Exception):
    """Something the user can mend; the message says how."""


class Interrupted(Exception):
    """A signal stopped the run; the message says where it can go on.

    Attributes:
        exit_status: that a shell gives a command ended by this signal.
    """

    def __init__(self, message, number=signal.SIGINT):
        super().__init__(message)
        self.exit_status = 128 + number
