"""Runs a command: flags in, one line and exit status 2 for whatever the user can mend.

What can be checked without a framework is checked before one is imported, which takes seconds.
"""

import contextlib
import importlib
import logging
import os
import pathlib
import signal
import sys

from absl import app, flags
from ml_collections import config_flags

from mann_config.check import check_given, completed, read_config
from mann_config.errors import Interrupted, UserError
from mann_config.memory import check_memory
from mann_config.overrides import explain

STATUS_USER_ERROR = 2

# The flags defined here are those of the command that asks for them; --help lists them there.
flags.disclaim_key_flags()


def define_config(default):
    """Defines --config, whose fields are --config.<field>, and returns its holder.

    Args:
        default: path of the config file to use when none is named.
    """
    with _one_line(str(default)):
        return config_flags.DEFINE_config_file(
            "config",
            str(default),
            "The experiment. Any field of it can be set: --config.train.steps=1000.",
        )


def check_run(workdir, memory_size=None, levels=None):
    """Checks that a run can be measured, or asked, on this machine.

    Args:
        workdir: path of the folder of the run.
        memory_size: slots of its memory. Defaults to `None`: as many as in training.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of its config.

    Raises:
        UserError: if the folder holds no config of a run, or it takes more memory than there is.
    """
    config = read_config(pathlib.Path(workdir) / "config.json")
    if memory_size is not None:
        config["model"]["memory_size"] = memory_size
    check_memory(config, levels, training=False)


def check_config(holder):
    """Checks the config that the flags tell, and that this machine has the memory for its run.

    Args:
        holder: what `define_config` returned.

    Raises:
        UserError: if a field cannot be as it is, or was set for a model that does not take it, or
            the run is too large.
    """
    config = completed(holder.value.to_dict())
    check_given(config_flags.get_override_values(flags.FLAGS[holder.name]), config)
    check_memory(config)


class _Levels(flags.ArgumentParser):
    syntactic_help = "integers of 1 or more, with commas between them"

    def parse(self, argument):
        if isinstance(argument, list):
            return argument
        levels = [int(text) if text.strip().isdigit() else 0 for text in argument.split(",")]
        if min(levels) < 1:
            raise ValueError(f"expected {self.syntactic_help}, such as 10,20,40.")
        return sorted(set(levels))


def define_levels(name, help_text):
    """Defines a flag of levels of difficulty, such as --lengths=10,20, and returns its holder."""
    return flags.DEFINE(_Levels(), name, None, help_text)


def typed_lines():
    """Yields the lines of standard input."""
    try:
        yield from sys.stdin
    except UnicodeDecodeError as error:
        raise UserError(
            f"The input is not {error.encoding} text, which this terminal says it is: byte "
            f"{error.start:,} cannot be read. Save the file as UTF-8."
        ) from None


def import_with_framework(name):
    """Returns a module that needs a framework, which is imported with it.

    Args:
        name: of the module, such as `"mann.training"`.
    """
    # TensorFlow tells at length what it found on the machine.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    module = importlib.import_module(name)
    # It takes a model that is given sequences of several lengths for a mistake, and says so.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    importlib.import_module("mann.training.allocator").keep_freed_memory()
    return module


def run(main):
    """Parses the flags and calls `main()`; exits with status 2 and one line on a user's error."""
    app.run(lambda _: _guard(main), flags_parser=_parse_flags)


def _parse_flags(argv):
    has_config = "config" in flags.FLAGS
    with _one_line(flags.FLAGS["config"].default_as_str.strip("'") if has_config else None):
        rest = flags.FLAGS(argv)
        if has_config:
            # A file that does not load is noticed when one of its fields is asked for.
            _ = flags.FLAGS["config"].value.name
    if len(rest) > 1:
        _fail(f"Unexpected argument {rest[1]!r}: options are written --name=value.")
    return rest


@contextlib.contextmanager
def _one_line(default_config=None):
    try:
        yield
    except BrokenPipeError:
        # Whoever reads --help, such as head, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    # A config file is a program, which may fail in any way.
    except Exception as error:
        explanation = default_config and explain(error, sys.argv, default_config)
        if explanation:
            _fail(explanation)
        if isinstance(error, flags.Error):
            _fail(f"{error} (--help lists the options).")
        _fail(f"--config: {error} The config file lists the fields.")


def _guard(main):
    try:
        main()
    except Interrupted as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    # A full disk or a folder that may not be written is the user's to mend too.
    except (UserError, OSError) as error:
        _fail(str(error))


def _fail(message):
    print("Error: " + " ".join(message.replace("\\n", " ").split()), file=sys.stderr)
    sys.exit(STATUS_USER_ERROR)
