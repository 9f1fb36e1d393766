"""The errors that a command answers with one line instead of a traceback."""


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
    """The user stopped the run; the message says where it can go on."""
