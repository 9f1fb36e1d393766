"""Checks a config field by field, and fills in the fields that are newer than the config."""

import difflib
import json
import reprlib

from mann_config.errors import UserError
from mann_config.field_kinds import ABSENT, REQUIRED
from mann_config.fields import TASK_NAME, get_fields
from mann_config.model_fields import SEQUENCE_MODELS
from mann_config.plugins import check_module, import_named, is_import_path, pick_arguments


def complete_config(config, where="--config."):
    """Returns a config with the defaults of the fields that it lacks.

    Args:
        config: the dict of an experiment's config; a value of any other type is refused.
        where: text that error messages put before the name of a field.

    Raises:
        UserError: if a field without a default is missing, a field is unknown, or a value is not
            one that its field accepts.

    Example:

    >>> complete_config({"task": 5})
    Traceback (most recent call last):
    mann_config.errors.UserError: --config.task must be a section of fields. Received: 5.
    """
    fields = get_known_fields(config, where)
    sections = {name[:end] for name in fields for end, letter in enumerate(name) if letter == "."}
    given = _flatten(config, sections, where)
    for name in given:
        _check_known(name, fields, where)
    for name, value in given.items():
        _check_value(name, value, fields[name], where)
    model, values = given.get("model.name"), {}
    for name, field in fields.items():
        value = given.get(name, field.default)
        if value is REQUIRED and (field.models is None or model in field.models):
            raise UserError(f"{where}{name} is missing: it must be {field.expected}.")
        if value is not REQUIRED and value is not ABSENT:
            values[name] = value
    _check_together(values, fields, where)
    return _nest(values)


def check_modules(config, where="--config."):
    """Checks that there are the modules of the import paths of a config, without importing them.

    Args:
        config: dict, as `complete_config` returns it.
        where: text that error messages put before the name of a field.

    Raises:
        UserError: if one of them is missing.
    """
    for name in ("task.name", "task.splits", "task.dataset", "model.name"):
        section, _, field = name.partition(".")
        path = config[section].get(field)
        if is_import_path(path):
            check_module(path, f"{where}{name}")


def check_overrides(names, config, where="--config."):
    """Checks that a config's model takes the fields that were set for it by name.

    A config holds the fields of several models, so that one can be tried after the other; to set
    one that the model does not take would have no effect.

    Args:
        names: names of the fields that were set, such as `["model.shift_range"]`.
        config: dict, as `complete_config` returns it.
        where: text that error messages put before the name of a field.

    Raises:
        UserError: if one of them is a field of other models only.
    """
    fields, model = get_fields(config), config["model"]["name"]
    for name in names:
        owners = fields[name].models if name in fields else None
        if owners is None or model in owners or _is_of_imported(name, owners, model, where):
            continue
        raise UserError(
            f"{where}{name} has no effect on {model}: it is for {', '.join(owners)}. Leave it "
            f"out, or choose another {where}model.name."
        )


def _is_of_imported(name, owners, model, where):
    """Returns whether a field is for all models of sequences, or an argument of an imported one."""
    section, _, argument = name.partition(".")
    if not is_import_path(model):
        return False
    if set(SEQUENCE_MODELS) <= set(owners):
        return True
    return section == "model" and bool(
        pick_arguments(import_named(model, f"{where}model.name"), {argument: None})
    )


def unknown_field_error(name, known, where="--config."):
    """Returns the UserError for a field that a config does not have.

    Args:
        name: name of the field, such as `"train.stepz"`.
        known: list of the names of the fields that it has.
        where: text that error messages put before the name of a field.
    """
    section, _, last = name.rpartition(".")
    beside = [other.rpartition(".")[2] for other in known if other.rpartition(".")[0] == section]
    if not beside:
        section, beside = "", list(dict.fromkeys(other.partition(".")[0] for other in known))
    close = difflib.get_close_matches(last, beside, n=1)
    prefix = f"{where}{section}." if section else where
    hint = f"did you mean {prefix}{close[0]}?" if close else f"choose from {', '.join(beside)}."
    return UserError(f"{where}{name} is not a field of this config: {hint}")


def get_known_fields(config, where="--config."):
    """Returns the fields that a config should have, by the task that it names.

    Args:
        config: the dict of an experiment's config; a value of any other type is refused.
        where: text that error messages put before the name of a field.

    Returns:
        Dict as `mann_config.fields.get_fields` returns it.

    Raises:
        UserError: if it is no config, or names no task that there is.
    """
    if not isinstance(config, dict):
        raise UserError(
            f"A config must be a dict of named fields. Received: {_format_value(config)}."
        )
    task = config.get("task")
    if isinstance(task, dict) and "name" in task:
        _check_value("task.name", task["name"], TASK_NAME, where)
        return get_fields(config)
    if "task" in config and not isinstance(task, dict):
        raise _section_error("task", task, where)
    raise UserError(f"{where}task.name is missing: it must be {TASK_NAME.expected}.")


def _flatten(config, sections, where, prefix=""):
    """Returns a dict from names such as `"train.steps"` to the values of a config."""
    flat = {}
    for name, value in config.items():
        path = f"{prefix}{name}"
        if "." in str(name):
            raise UserError(
                f"{where}{path} has a dot in the name of a field: nest the fields instead."
            )
        if path not in sections:
            flat[path] = value
        elif isinstance(value, dict):
            flat |= _flatten(value, sections, where, f"{path}.")
        else:
            raise _section_error(path, value, where)
    return flat


def _nest(values):
    config = {}
    for name, value in values.items():
        *sections, last = name.split(".")
        section = config
        for part in sections:
            section = section.setdefault(part, {})
        section[last] = value
    return config


def _section_error(name, value, where):
    return UserError(
        f"{where}{name} must be a section of fields. Received: {_format_value(value)}."
    )


def _check_known(name, fields, where):
    if name not in fields:
        raise unknown_field_error(name, list(fields), where)


def _check_value(name, value, field, where):
    if not field.accepts(value):
        raise UserError(
            f"{where}{name} must be {field.expected}. Received: {_format_value(value)}."
        )


def _check_together(values, fields, where):
    """Checks the rules that relate several fields to each other."""
    rate, final_rate = values["train.learning_rate"], values["train.final_learning_rate"]
    if final_rate > rate:
        raise UserError(
            f"{where}train.final_learning_rate must be at most train.learning_rate, {rate}. "
            f"Received: {final_rate}."
        )
    axes = [name for name in fields if name.startswith("task.test_levels.")]
    if axes and not any(name in values for name in axes):
        raise UserError(
            f"{where}task.test_levels is empty: it must have at least one of {', '.join(axes)}."
        )


def _format_value(value):
    shown = reprlib.Repr()
    shown.maxstring = shown.maxother = shown.maxlong = 60
    return " ".join(shown.repr(value).split())


def read_config(path):
    """Returns the config of a run, with the defaults of the fields that are newer than it.

    Args:
        path: `pathlib.Path` of its file, `config.json` in the folder of the run.

    Raises:
        UserError: if the file is missing or damaged, or does not hold such a config.
    """
    try:
        config = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{path} is missing: --workdir must name the folder of a run of mann train."
        ) from None
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): mend that, or choose another --workdir."
        ) from error
    except RecursionError:
        raise UserError(
            f"{path} is damaged (nested too deeply): choose another --workdir."
        ) from None
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}): choose another --workdir.") from error
    try:
        return complete_config(config, where="")
    except UserError as error:
        raise UserError(
            f"{path} is not a config that this version of mann train can use: {error} Choose "
            "another --workdir."
        ) from error
