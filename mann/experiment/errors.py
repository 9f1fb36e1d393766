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
    return UserError(f"--{section} has no field {name}: configs/characters.py shows what it holds.")


class Interrupted(Exception):
    """The user stopped the run; the message says where it can go on."""
