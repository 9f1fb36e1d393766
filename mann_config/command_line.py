"""Runs a command: parses its flags, and reports an error that the user can mend in one line.

Everything that can be checked without a framework is checked before one is imported, as an import
takes seconds.
"""

import contextlib
import importlib
import logging
import os
import pathlib
import re
import signal
import sys
import traceback

from absl import app, flags
from ml_collections import config_flags

from mann_config import extras
from mann_config.catalog import find_config
from mann_config.check import check_modules, check_overrides, complete_config, read_config
from mann_config.errors import Interrupted, UserError
from mann_config.machine_memory import check_memory
from mann_config.overrides import explain
from mann_config.ranges import parse_ranges

STATUS_USER_ERROR = 2
_DEFAULT_CONFIG = "characters"
_MOST_LEVELS = 10_000

# Flags defined here belong to the command that calls these functions; its --help lists them.
flags.disclaim_key_flags()


def define_config():
    """Defines --config, whose fields are --config.<field>, and returns its holder.

    A name of a config of this package stands for its file.
    """
    with _report_in_one_line():
        _find_named(sys.argv)
        default = find_config(_DEFAULT_CONFIG)
    with _report_in_one_line(default):
        return config_flags.DEFINE_config_file(
            "config",
            default,
            "Config of the experiment: a name that `mann configs` lists, or a file. Set any field "
            "of it by its name, such as --config.train.steps=1000.",
        )


def _find_named(argv):
    """Puts the path of a config in the place of its name, in `--config=name` or `--config name`."""
    for index, argument in enumerate(argv):
        if match := re.fullmatch(r"(--?config=)(.*)", argument):
            argv[index] = match[1] + find_config(match[2])
        elif argument in ("--config", "-config") and index + 1 < len(argv):
            argv[index + 1] = find_config(argv[index + 1])


def check_run(workdir, memory_size=None, levels=None):
    """Checks that this machine has the memory to load the model of a run and to measure it.

    Args:
        workdir: path of the folder of the run.
        memory_size: number of slots of the memory. Defaults to `None`: as many as in training.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of its config.

    Raises:
        UserError: if the folder holds no config of a run, or the run needs more memory than the
            machine has.
    """
    config = read_config(pathlib.Path(workdir) / "config.json")
    if memory_size is not None:
        config["model"]["memory_size"] = memory_size
    check_memory(config, levels, training=False)


def check_config(holder, alone=True):
    """Checks the config that the flags set, and that this machine has the memory for its run.

    Args:
        holder: the holder that `define_config` returned.
        alone: whether the run is this machine's alone; else its part is not known yet. Defaults to
            `True`.

    Raises:
        UserError: if a field has a value that it does not accept, or was set for a model that does
            not take it, or the run is too large for this machine.
    """
    config = complete_config(holder.value.to_dict())
    check_modules(config)
    check_overrides(config_flags.get_override_values(flags.FLAGS[holder.name]), config)
    if alone:
        check_memory(config)


class _Levels(flags.ArgumentParser):
    syntactic_help = "integers of 1 or more, or ranges of them, with commas between them"

    def parse(self, argument):
        if isinstance(argument, list):
            return argument
        ranges = parse_ranges(argument)
        if not all(one and one[0] >= 1 for one in ranges):
            raise ValueError(f"expected {self.syntactic_help}, such as 10,20,40 or 41..500.")
        if sum(map(len, ranges)) > _MOST_LEVELS:
            raise ValueError(f"expected at most {_MOST_LEVELS:,} of them.")
        return sorted(set().union(*ranges))


def define_levels(name, help_text, flag_values=flags.FLAGS):
    """Defines a flag of levels of difficulty, such as --lengths=10,20..25; returns its holder."""
    return flags.DEFINE(_Levels(), name, None, help_text, flag_values=flag_values)


def read_lines():
    """Yields the lines of standard input; raises UserError if they are not text."""
    try:
        yield from sys.stdin
    except UnicodeDecodeError as error:
        raise UserError(
            f"The input is not {error.encoding} text, the encoding that this terminal expects: "
            f"byte {error.start:,} cannot be read. Save the file as UTF-8."
        ) from None


def import_with_framework(name):
    """Imports a module that needs a framework, and the framework with it; returns the module.

    Args:
        name: name of the module, such as `"mann.training"`.

    Raises:
        UserError: if the backend that `KERAS_BACKEND` names is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND")
    if backend in ("jax", "torch"):
        extras.require([backend], backend, f"KERAS_BACKEND={backend}")
    # TensorFlow reports at length on the machine that it runs on.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    module = importlib.import_module(name)
    # TensorFlow warns of a model that is called on sequences of several lengths, as ours may be.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # JAX tells of each device that it does not find.
    logging.getLogger("jax").setLevel(logging.WARNING)
    importlib.import_module("mann.training.allocator").keep_freed_memory()
    return module


def run(main):
    """Parses the flags and calls `main()`; exits with status 2 and one line on a user's error."""
    app.run(lambda _: _call_guarded(main), flags_parser=_parse_flags)


def _parse_flags(argv):
    has_config = "config" in flags.FLAGS
    with _report_in_one_line(
        flags.FLAGS["config"].default_as_str.strip("'") if has_config else None
    ):
        rest = flags.FLAGS(argv)
        if has_config:
            # The config file is loaded when a field is first read: read one here, to report errors.
            _ = flags.FLAGS["config"].value.name
    if len(rest) > 1:
        _fail(f"Unexpected argument {rest[1]!r}: options are written --name=value.")
    return rest


@contextlib.contextmanager
def _report_in_one_line(default_config=None):
    try:
        yield
    except BrokenPipeError:
        leave_without_reader()
    except UserError as error:
        _fail(str(error))
    # A config file is a program, which may fail in any way.
    except Exception as error:
        explanation = default_config and explain(error, sys.argv, default_config)
        if explanation:
            _fail(explanation)
        if isinstance(error, flags.Error):
            _fail(f"{error} (--help lists the options).")
        _fail(f"--config: {error} The config file lists the fields.")


# How a process ends: one of several that train together must not leave the others waiting.
leave = sys.exit


def _call_guarded(main):
    try:
        main()
    except Interrupted as error:
        print(f"\n{error}", file=sys.stderr)
        leave(error.exit_status)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        leave(128 + signal.SIGINT)
    except BrokenPipeError:
        leave_without_reader()
    # The user can also mend a full disk, or a folder without the permission to write.
    except (UserError, OSError) as error:
        _fail(str(error))
    except Exception:
        traceback.print_exc()
        leave(1)


def leave_without_reader():
    """Ends the process without a word, as whoever read its output, such as `head`, has gone."""
    # Else Python would fail once more, as it writes what is left.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    leave(128 + signal.SIGPIPE)


def _fail(message):
    print("Error: " + " ".join(message.replace("\\n", " ").split()), file=sys.stderr)
    leave(STATUS_USER_ERROR)
