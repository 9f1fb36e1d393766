"""The configs of configs/, as dicts."""

import importlib
import pathlib

FILES = sorted(pathlib.Path(__file__).parents[2].joinpath("configs").glob("*.py"))
# Files of fields that the configs share.
PARTS = ("algorithmic", "base", "few_shot", "graphs", "model")
NAMES = [path.stem for path in FILES if path.stem not in PARTS]


def load_config(name):
    """Returns the dict of a config."""
    return importlib.import_module(f"configs.{name}").get_config().to_dict()


def flatten(config, prefix=""):
    """Returns a dict from names such as `"train.steps"` to values."""
    values = {}
    for name, value in config.items():
        if isinstance(value, dict):
            values |= flatten(value, f"{prefix}{name}.")
        else:
            values[prefix + name] = value
    return values


def change(config, name, *value):
    """Returns a config with a value in a field, such as `"train.steps"`, or without the field."""
    first, _, rest = name.partition(".")
    if rest:
        return config | {first: change(config.get(first, {}), rest, *value)}
    config = {other: kept for other, kept in config.items() if other != first}
    return config | {first: value[0]} if value else config
