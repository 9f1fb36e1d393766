"""The errors that a command answers with one line instead of a traceback."""

import signal


class UserError(Exception):
    """An error that the user can mend; the message says how."""


class Interrupted(Exception):
    """A signal stopped the run; the message says how to resume it.

    Attributes:
        exit_status: the status that a shell reports for a command ended by this signal.
    """

    def __init__(self, message, number=signal.SIGINT):
        super().__init__(message)
        self.exit_status = 128 + number
