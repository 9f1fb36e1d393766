"""Runs a command: flags in, one line and exit status 2 for whatever the user can mend."""

import contextlib
import logging
import signal
import sys

from absl import app, flags
from ml_collections import config_flags

from mann.experiment.allocator import keep_freed_memory
from mann.experiment.errors import Interrupted, UserError

STATUS_USER_ERROR = 2

# The flags defined here are those of the command that asks for them; --help lists them there.
flags.disclaim_key_flags()


def define_config(default):
    """Defines --config, whose fields are --config.<field>, and returns its holder.

    Args:
        default: path of the config file to use when none is named.
    """
    with _one_line():
        return config_flags.DEFINE_config_file(
            "config",
            str(default),
            "The experiment. Any field of it can be set: --config.train.steps=1000.",
        )


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


def run(main):
    """Parses the flags and calls `main()`; exits with status 2 and one line on a user's error."""
    app.run(lambda _: _guard(main), flags_parser=_parse_flags)


def _parse_flags(argv):
    with _one_line():
        rest = flags.FLAGS(argv)
        if "config" in flags.FLAGS:
            # A file that does not load is noticed when one of its fields is asked for.
            _ = flags.FLAGS["config"].value.name
    if len(rest) > 1:
        _fail(f"Unexpected argument {rest[1]!r}: options are written --name=value.")
    return rest


@contextlib.contextmanager
def _one_line():
    try:
        yield
    except flags.Error as error:
        _fail(f"{error} (--help lists the options).")
    # A config file is a program, which may fail in any way.
    except Exception as error:
        _fail(f"--config: {error} The config file lists the fields.")


def _guard(main):
    keep_freed_memory()
    # It takes a model that is given sequences of several lengths for a mistake, and says so.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
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
