"""The names of the models that come with this package."""

import pathlib

from mann_config.errors import UserError

PRETRAINED = pathlib.Path(__file__).parents[1] / "mann" / "pretrained"


def pretrained_names():
    """Returns the names of the models that come with this package."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/config.json"))


def check_pretrained(name):
    """Raises UserError unless a model of this name comes with this package."""
    if name not in pretrained_names():
        raise UserError(
            f"There is no pretrained model {name!r}: choose from {', '.join(pretrained_names())}."
        )
