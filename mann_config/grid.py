"""The runs of a sweep: one for each combination of values in a grid, and each seed."""

import hashlib
import itertools
import json
import math
import urllib.parse
from typing import Any, NamedTuple

from absl import flags
from ml_collections import config_flags

from mann_config.check import (
    check_modules,
    check_overrides,
    complete_config,
    get_known_fields,
    unknown_field_error,
)
from mann_config.errors import UserError
from mann_config.fields import get_fields
from mann_config.machine_memory import check_memory
from mann_config.measuring import list_options
from mann_config.overrides import list_names, load_config
from mann_config.plugins import is_import_path
from mann_config.ranges import parse_ranges

_MOST_RUNS = 10_000
# Names of files have at most 255 bytes.
_LONGEST_NAME = 200


class Base(NamedTuple):
    """What the runs of a sweep share.

    Attributes:
        file: path of the config file, as `--config` takes it.
        overrides: dict from the names of the fields that are set for all runs to their values.
    """

    file: str
    overrides: dict

    def load(self, fields):
        """Returns the `ConfigDict` with these fields set, a dict from their names to values."""
        config = load_config(self.file)
        config.update_from_flattened_dict(self.overrides | fields)
        return config


class Run(NamedTuple):
    """One training of a sweep.

    Attributes:
        row: name of its combination of values, which is a name for its folder; `""` without a grid.
        fields: dict from the names of the fields of the grid to their values.
        seed: the seed.
        config: the complete config as a dict, or `None` if the checks refuse it.
        refusal: the line that says why they do; else `None`.
    """

    row: str
    fields: dict
    seed: int
    config: dict | None
    refusal: str | None


def read_base(holder):
    """Returns the `Base` that the flags of a command set.

    Args:
        holder: the holder that `mann_config.command_line.define_config` returned.
    """
    flag = flags.FLAGS[holder.name]
    return Base(config_flags.get_config_filename(flag), config_flags.get_override_values(flag))


def parse_seeds(text):
    """Returns the seeds that a text such as `"0..4"` or `"0,3,7"` names, in order.

    Raises:
        UserError: if the text is not of that form.

    Example:

    >>> parse_seeds("7,0..3,2")
    [0, 1, 2, 3, 7]
    """
    ranges = parse_ranges(text)
    for one in ranges:
        if not one or one[-1] >= 2**32:
            raise UserError(
                "--seeds must be integers from 0 to 4294967295 with commas between them, or ranges "
                f"of them, such as 0..4 or 0,3,7. Received: {text!r}."
            )
        if len(one) > _MOST_RUNS:
            raise _too_many_error(len(one))
    return sorted(set().union(*ranges))


def parse_grid(texts, base):
    """Returns a dict from the fields of a grid to the lists of their values.

    Args:
        texts: list of texts such as `"model.name=ntm,lstm"`; commas in brackets separate nothing.
        base: the `Base` of the sweep.

    Raises:
        UserError: if the config lacks a field, a field does not accept a value, or a field is set
            twice.
    """
    config = base.load({}).to_dict()
    known, _ = list_names(config)
    fields, grid = get_known_fields(config), {}
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or not values.strip():
            raise UserError(
                f"--grid must be a field and its values, such as model.name=ntm,lstm. Received: "
                f"{text!r}."
            )
        if name not in known or name not in fields:
            raise unknown_field_error(name, known, where="--grid=")
        if name == "seed":
            raise UserError("--grid=seed: give the seeds as --seeds, such as --seeds=0..4.")
        if name in grid or name in base.overrides:
            raise UserError(
                f"--grid={name}: the field is set twice; give all its values in one --grid, and no "
                f"--config.{name}."
            )
        parsed = [_parse_value(name, value, fields[name], base) for value in _split(values)]
        grid[name] = list(dict.fromkeys(parsed))
    return grid


def _split(text):
    """Returns the parts of a text between commas that are not in brackets.

    >>> _split("(1, 2),(1, 4)")
    ['(1, 2)', '(1, 4)']
    """
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _parse_value(name, text, field, base):
    """Returns the value that --config.<name>=<text> sets."""
    try:
        config = load_config(base.file, [f"--config.{name}={text}"])
    except flags.Error:
        value, accepted = None, False
    else:
        value = _freeze(_get(config.to_dict(), name))
        accepted = field.accepts(value)
    if not accepted:
        raise UserError(f"--grid={name} must be {field.expected}. Received: {text!r}.")
    return value


def _get(config, name):
    for part in name.split("."):
        config = config[part]
    return config


def _freeze(value):
    return tuple(map(_freeze, value)) if isinstance(value, (list, tuple)) else value


def list_runs(base, grid, seeds, measuring=None, on_this_machine=True):
    """Returns the list of `Run` of a sweep, row by row.

    A combination of values that the checks of a config refuse is a run with a `refusal`.

    Args:
        base: the `Base` of the sweep.
        grid: dict as `parse_grid` returns it.
        seeds: list of seeds, or `None` for the one of the config.
        measuring: arguments of `mann.training.evaluate` to measure the runs with. Defaults to
            `None`: as the config says.
        on_this_machine: whether to refuse a run that this machine lacks the memory for. Defaults to
            `True`.

    Raises:
        UserError: if there are too many runs, or all of them are refused.
    """
    if "seed" in base.overrides and seeds is not None:
        raise UserError("--config.seed and --seeds say two things: leave one out.")
    count = math.prod(map(len, grid.values())) * len(seeds or [0])
    if count > _MOST_RUNS:
        raise _too_many_error(count)
    runs = []
    for values in itertools.product(*grid.values()):
        fields = dict(zip(grid, values, strict=True))
        own = _leave_out_arguments(base.load(fields).to_dict(), grid)
        config, refusal = _check(own, base.overrides | fields, measuring, on_this_machine)
        for seed in [own["seed"]] if seeds is None else seeds:
            seeded = config and config | {"seed": seed}
            runs.append(Run(name_row(fields), fields, seed, seeded, refusal))
    if all(run.refusal for run in runs):
        raise UserError(runs[0].refusal)
    return runs


def _leave_out_arguments(config, grid):
    """Returns a config without the arguments of models that are imported for other rows."""
    imported = any(map(is_import_path, grid.get("model.name", ())))
    if not imported or is_import_path(config["model"]["name"]):
        return config
    known = {name.split(".")[1] for name in get_fields(config) if name.startswith("model.")}
    model = {name: value for name, value in config["model"].items() if name in known}
    return config | {"model": model}


def _check(config, overrides, measuring, on_this_machine):
    """Returns the complete config and `None`, or `None` and why the config is refused."""
    try:
        config = complete_config(config)
        check_modules(config)
        check_overrides(overrides, config)
        levels = measuring and measuring["options"]
        for name in levels or ():
            _check_option(name, config)
        if on_this_machine:
            check_memory(config)
            check_memory(_resize(config, measuring), levels, training=False)
    except UserError as error:
        return None, str(error)
    return config, None


def _check_option(name, config):
    known = list_options(config)
    if name not in known:
        raise UserError(
            f"--evaluate: the option {name} does not apply to {config['task']['name']}, whose "
            f"options are: {', '.join(known) or 'none'}. Leave it out."
        )


def _resize(config, measuring):
    size = measuring and measuring["memory_size"]
    return config | {"model": config["model"] | {"memory_size": size}} if size else config


def _too_many_error(count):
    return UserError(f"A sweep has at most {_MOST_RUNS:,} runs; this one would have {count:,}.")


def name_row(fields):
    """Returns a name for the folder of a combination of values.

    Example:

    >>> name_row({"model.name": "ntm", "task.length": (1, 20), "task.path": "a/b, c"})
    'model.name=ntm,task.length=1+20,task.path=a%2Fb%2C%20c'
    """
    name = ",".join(f"{field}={_name_value(value)}" for field, value in fields.items())
    if len(name) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return f"{name[: _LONGEST_NAME - len(digest) - 1]}-{digest}"
    return name


def _name_value(value: Any):
    if isinstance(value, tuple) and not any(isinstance(one, tuple) for one in value):
        return "+".join(map(_name_value, value))
    text = value if isinstance(value, str) else json.dumps(value)
    return urllib.parse.quote(text, safe="")


def show_value(value):
    """Returns a value of a field as tables show it.

    Example:

    >>> show_value("ntm"), show_value((1, 20))
    ('ntm', '1, 20')
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(map(show_value, value))
    return str(value)
