"""The configs that come with this package: found by name, listed, and loaded to build others on."""

import ast
import difflib
import importlib.util
import pathlib

from mann_config.errors import UserError

_HERE = pathlib.Path(__file__).parent
# They are installed beside this file; in a clone they stand at its top.
FOLDER = _HERE / "configs" if (_HERE / "configs").is_dir() else _HERE.parent / "configs"


def list_configs():
    """Returns a dict from the names of the configs of this package to their first lines."""
    return {path.stem: _read_first_line(path) for path in sorted(FOLDER.glob("*.py"))}


def _read_first_line(path):
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).partition("\n")[0]


def find_config(name):
    """Returns the path of a config: of a file, or of a config of this package by its name.

    Args:
        name: name such as `"omniglot"`, or path of a file, with the argument of its `get_config`
            after a colon, if any.

    Raises:
        UserError: if there is no such config.
    """
    path, colon, argument = name.partition(":")
    if pathlib.Path(path).is_file():
        return name
    if (FOLDER / f"{path}.py").is_file() and pathlib.Path(path).name == path:
        return f"{FOLDER / path}.py{colon}{argument}"
    names = list(list_configs())
    near = difflib.get_close_matches(path, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}."
    raise UserError(f"--config={name} is neither a file nor a config of this package: {hint}")


def load(name):
    """Returns the `ConfigDict` of a config of this package, to build another one on.

    Args:
        name: its name.

    Raises:
        UserError: if there is no such config.

    Example:

    >>> load("copy").task.bits
    8
    """
    spec = importlib.util.spec_from_file_location(f"configs.{name}", find_config(name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_config()
