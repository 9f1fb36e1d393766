"""What is not part of this package is named by an import path, such as `mylab.memories:Ring`."""

import contextlib
import importlib
import importlib.util
import inspect
import os
import re
import sys

from mann_config.errors import UserError

_IMPORT_PATH = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)", re.ASCII)


def is_import_path(text):
    """Returns whether a text has the form of an import path.

    >>> [is_import_path(text) for text in ("mylab.memories:Ring", "emnist/letters:3.1.0", "ntm")]
    [True, False, False]
    """
    return isinstance(text, str) and _IMPORT_PATH.fullmatch(text) is not None


def import_named(path, where):
    """Returns what an import path names; the current folder is searched first.

    Args:
        path: import path, `"module:name"`.
        where: the field that it came from, for messages, such as `"--config.model.name"`.

    Raises:
        UserError: if there is no such module, it does not import, or it lacks the name.
    """
    module_name, name = _IMPORT_PATH.fullmatch(path).groups()
    _search_here()
    with _explain_import(path, where):
        module = importlib.import_module(module_name)
    try:
        return getattr(module, name)
    except AttributeError:
        file = getattr(module, "__file__", None) or f"the module {module_name}"
        raise UserError(f"{where}={path}: {file} has no {name!r}.") from None


def check_module(path, where):
    """Checks that there is the module of an import path, without importing it.

    The packages that it is in are imported; it may import a framework, which takes seconds.

    Args:
        path: as `import_named` takes it.
        where: as `import_named` takes it.

    Raises:
        UserError: if there is no such module, or a package that it is in does not import.
    """
    module_name, _ = _IMPORT_PATH.fullmatch(path).groups()
    _search_here()
    with _explain_import(path, where):
        if importlib.util.find_spec(module_name) is None:
            raise ModuleNotFoundError(name=module_name)


def _search_here():
    # As `python -m` has it; the command `mann` does not.
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    importlib.invalidate_caches()


@contextlib.contextmanager
def _explain_import(path, where):
    """Raises whatever goes wrong when a module is imported as UserError."""
    module_name, _ = _IMPORT_PATH.fullmatch(path).groups()
    try:
        yield
    # A module is a program, which may fail in any way.
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name
        if missing and f"{module_name}.".startswith(f"{missing}."):
            reason = f"there is no module {missing!r} in {os.getcwd()}, nor is one installed"
        else:
            reason = f"the module does not import ({type(error).__name__}: {error})"
        raise UserError(f"{where}={path}: {reason}.") from error


def call_named(path, where, *arguments):
    """Returns what a function that an import path names returns.

    Args:
        path: as `import_named` takes it.
        where: as `import_named` takes it.
        *arguments: its arguments.

    Raises:
        UserError: if it cannot be imported, is not a function, or takes other arguments.
    """
    if not is_import_path(path):
        raise UserError(
            f"{where} must be the import path of a function, such as mylab.data:signs. Received: "
            f"{path!r}."
        )
    function = import_named(path, where)
    if not inspect.isroutine(function):
        raise UserError(f"{where}={path} must be a function. It is {type(function).__name__}.")
    check_arguments(function, f"{where}={path}", *arguments)
    return function(*arguments)


def check_arguments(function, where, *arguments, **named):
    """Raises UserError unless a function or a class takes these arguments."""
    try:
        inspect.signature(function).bind(*arguments, **named)
    except TypeError as error:
        raise UserError(f"{where} cannot be called as it should be: {error}.") from None


def pick_arguments(function, fields):
    """Returns those fields, a dict, that a function or a class names as its arguments.

    >>> pick_arguments(lambda units, decay=0.5, **kwargs: None, {"units": 8, "num_heads": 2})
    {'units': 8}
    """
    if not callable(function):
        return {}
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    taken = inspect.signature(function).parameters.values()
    names = {parameter.name for parameter in taken if parameter.kind in kinds}
    return {name: value for name, value in fields.items() if name in names}
