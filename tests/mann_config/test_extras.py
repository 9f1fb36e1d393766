"""The extras that messages name are those of this package, and hold what is said to be missing."""

import ast
import pathlib
import re
import tomllib

import pytest

from mann_config import extras
from mann_config.errors import UserError
from mann_config.exporting import FORMATS

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FOLDERS = ("mann", "mann_commands", "mann_config", "mann_draw", "mann_sweeps", "episodes")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def list_packages(requirements):
    return {re.match(r"[\w-]+", text)[0].replace("-", "_") for text in requirements}


def find_calls(name):
    """Yields the calls of a function of `mann_config.extras`."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", None)
            if called == name and ast.unparse(node.func.value) == "extras":
                yield node


def test_the_modules_that_are_required_are_in_the_extra():
    found = 0
    for call in find_calls("require"):
        modules, extra, _ = call.args
        if isinstance(extra, ast.Constant) and all(
            isinstance(module, ast.Constant) for module in modules.elts
        ):
            packages = list_packages(PROJECT["optional-dependencies"][extra.value])
            assert {module.value for module in modules.elts} <= packages
            found += 1
    assert found >= 2


def test_the_extra_for_exports_has_what_writes_and_runs_each_format():
    packages = list_packages(PROJECT["optional-dependencies"]["export"] + PROJECT["dependencies"])
    for kind in FORMATS.values():
        assert {kind.writer, kind.runtime} - {""} <= packages


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_each_backend_has_an_extra(backend):
    assert backend in list_packages(PROJECT["optional-dependencies"][backend])


def test_a_hint_is_true_with_and_without_a_clone():
    with pytest.raises(UserError) as refused:
        extras.require(["no_such_a", "json", "no_such_b"], "draw", "mann draw")
    assert str(refused.value) == (
        "mann draw needs no_such_a and no_such_b, which are not installed: "
        f'pip install "{PROJECT["name"]}[draw]", or pip install ".[draw]" in a clone.'
    )


def test_no_message_has_a_hint_of_its_own():
    texts = {
        (path.name, node.value)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    own = [name for name, text in texts if "pip install" in text and "tensorboard" not in text]
    assert set(own) == {"extras.py"}
