"""The names of the models that come with this package."""

import json
import pathlib

from mann_config.errors import UserError
from mann_config.fields import FEW_SHOT_TASKS

PRETRAINED = pathlib.Path(__file__).parents[1] / "mann" / "pretrained"


def pretrained_names():
    """Returns the names of the models that come with this package."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/config.json"))


def few_shot_names():
    """Returns the names of those of them that learn classes from a few images of each.

    Example:

    >>> "omniglot_5way" in few_shot_names(), "copy" in few_shot_names()
    (True, False)
    """
    return [name for name in pretrained_names() if _read_task(name) in FEW_SHOT_TASKS]


def check_pretrained(name):
    """Raises UserError unless a model of this name comes with this package."""
    if name not in pretrained_names():
        raise UserError(
            f"There is no pretrained model {name!r}: choose from {', '.join(pretrained_names())}."
        )


def _read_task(name):
    return json.loads((PRETRAINED / name / "config.json").read_text())["task"]["name"]
