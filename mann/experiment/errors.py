"""The errors that a command answers with one line instead of a traceback."""


class UserError(Exception):
    """Something the user can mend; the message says how."""


class Interrupted(Exception):
    """The user stopped the run; the message says where it can go on."""
