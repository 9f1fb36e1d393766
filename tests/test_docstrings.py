"""Docstrings describe every argument, with the default that it has."""

import inspect
import re

import pytest

import episodes
import mann
from episodes import algorithmic, chomsky, graphs, questions, text

MODULES = (mann, episodes, algorithmic, chomsky, graphs, questions, text)
PUBLIC = {name: getattr(module, name) for module in MODULES for name in module.__all__}
ARGUMENT = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*): (.*(?:\n      .*)*)", re.MULTILINE)


def describe(name):
    """Returns what a docstring, or the one that it refers to, says of each argument."""
    docstring = inspect.getdoc(PUBLIC[name])
    if section := re.search(r"^Args:\n((?:    .*\n?|\n)*)", docstring, re.MULTILINE):
        return {
            name.strip("*"): " ".join(description.split())
            for names, description in ARGUMENT.findall(section[1])
            for name in names.split(", ")
        }
    other = re.search(r"See\s`(\w+)`\sfor\s(?:the|its)\sarguments", docstring)
    return describe(other[1]) if other else {}


@pytest.mark.parametrize("name", [name for name in PUBLIC if describe(name)])
def test_each_argument_is_described_with_its_default(name):
    texts = describe(name)
    parameters = inspect.signature(PUBLIC[name]).parameters
    assert set(parameters) <= set(texts)
    for argument, parameter in parameters.items():
        if stated := re.search(r"Defaults to `([^`]*)`", texts[argument]):
            assert parameter.default == eval(stated[1], vars(episodes)), argument
