"""Each package of the tree imports only from packages below it."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
# From the lowest to the highest.
FLOORS = [
    "episodes",
    "mann_config",
    "mann_sweeps",
    "mann.ops",
    "mann.kernels",
    "mann.layers",
    "mann.runs",
    "mann.models",
    "mann.evaluation",
    "mann.tasks",
    "mann.training",
    "mann.pretrained",
    "mann.classifier",
    "mann.export",
    "mann_draw",
    "mann_commands",
]
# Neither knows the other.
APART = {("mann_config", "episodes"), ("mann.ops", "episodes"), ("mann.layers", "episodes")}
APART |= {("mann.kernels", "episodes")}


def floor(module):
    return next((name for name in FLOORS if f"{module}.".startswith(f"{name}.")), None)


def modules():
    for name in FLOORS:
        for path in sorted(ROOT.joinpath(*name.split(".")).rglob("*.py")):
            yield name, path


def imported(node):
    """Returns the names of the modules that a statement imports from."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


@pytest.mark.parametrize("name", FLOORS)
def test_a_floor_imports_from_below(name):
    for path in (path for own, path in modules() if own == name):
        for node in ast.walk(ast.parse(path.read_text())):
            for module in imported(node):
                other = floor(module)
                assert other is None or FLOORS.index(other) <= FLOORS.index(name), (path, module)
                assert (name, other) not in APART, (path, module)
                # The package itself stands on all floors that it exports from.
                assert module != "mann" and not module.startswith("mann.") or other, (path, module)


def test_no_import_hides_in_a_function():
    # The modules of kernels need numba, which is not always there.
    for _, path in modules():
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    for module in imported(node):
                        assert floor(module) in (None, "mann.kernels"), (path, module)
