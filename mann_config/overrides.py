"""Says in plain words what is wrong with a field that was set as --config.<field>=<value>."""

import pathlib
import re

from absl import flags
from ml_collections import config_flags

from mann_config.check import unknown_field_error
from mann_config.fields import get_fields


class _OrNone(flags.ArgumentParser):
    """Takes `None` beside what another parser takes; which fields may be it, the check knows."""

    def __init__(self, parser):
        self._parser = parser
        self.syntactic_help = parser.syntactic_help

    def parse(self, argument):
        return None if argument == "None" else self._parser.parse(argument)

    def flag_type(self):
        return self._parser.flag_type()


# Without these, a field that is None could not be set back to it.
for _type, _parser in (
    (int, flags.IntegerParser()),
    (float, flags.FloatParser()),
    (bool, flags.BooleanParser()),
):
    config_flags.register_flag_parser_for_type(_type, _OrNone(_parser))


def explain(error, argv, config_file):
    """Returns a message on the wrong field of `--config`, or `None` if the error is another one.

    Args:
        error: the exception that parsing the flags raised.
        argv: list of strings, the command line.
        config_file: path of the config file, unless the command line names another.
    """
    for argument in argv:
        if match := re.fullmatch(r"--?config=(.*)", argument):
            config_file = match[1]
    if not pathlib.Path(config_file.partition(":")[0]).is_file():
        return f"--config={config_file} is not a file: name one, such as configs/characters.py."
    try:
        config = load_config(config_file).to_dict()
        fields = get_fields(config)
    except Exception:
        # Then the error is in the file, not in a field.
        return None
    known, sections = list_names(config)
    for argument in argv:
        match = re.match(r"--?(?:no)?config\.([^=]*)", argument)
        if match and match[1] not in known + sections:
            return str(unknown_field_error(match[1], known))
    match = re.match(r"flag --config\.([^=]*)=(.*?): ", str(error), re.DOTALL)
    if isinstance(error, flags.IllegalFlagValueError) and match and match[1] in fields:
        expected = fields[match[1]].expected
        return f"--config.{match[1]} must be {expected}. Received: {match[2]!r}."
    return None


def load_config(config_file, arguments=()):
    """Returns the `ConfigDict` of a config file.

    Args:
        config_file: path of the file, with the argument of its `get_config` after a colon, if any.
        arguments: the fields to set, such as `["--config.seed=1"]`. Defaults to `()`: none,
            whatever the command line of this process sets.
    """
    alone, argv = flags.FlagValues(), ["", *arguments]
    holder = config_flags.DEFINE_config_file(
        "config", config_file, flag_values=alone, sys_argv=argv
    )
    alone(argv)
    return holder.value


def list_names(config, prefix=""):
    """Returns the names of the fields of a config, and of the sections that they are in."""
    names, sections = [], []
    for name, value in config.items():
        if isinstance(value, dict):
            sections.append(prefix + name)
            inside, deeper = list_names(value, f"{prefix}{name}.")
            names += inside
            sections += deeper
        else:
            names.append(prefix + name)
    return names, sections
