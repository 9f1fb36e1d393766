"""The packages that only some commands need: whether they are there, and how to install them."""

import importlib.util

from mann_config.errors import UserError


def is_installed(module):
    """Returns whether a module is there, without importing it."""
    return importlib.util.find_spec(module) is not None


def require(modules, extra, what):
    """Checks that modules are installed, without importing them, which may take seconds.

    Args:
        modules: list of the names of modules.
        extra: the extra of this package that installs them, such as `"draw"`.
        what: what needs them, as messages name it.

    Raises:
        UserError: if one of them is missing.

    Example:

    >>> require(["json", "no_such_module"], "draw", "mann draw")
    Traceback (most recent call last):
    mann_config.errors.UserError: mann draw needs no_such_module, which is not installed: pip \
install "mann-keras[draw]", or pip install ".[draw]" in a clone.
    """
    missing = [module for module in modules if not is_installed(module)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise UserError(
            f"{what} needs {' and '.join(missing)}, which {verb} not installed: "
            f"{explain_install(extra)}."
        )


def explain_install(extra):
    """Returns the commands that install an extra of this package."""
    return f'pip install "mann-keras[{extra}]", or pip install ".[{extra}]" in a clone'
