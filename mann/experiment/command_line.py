"""Runs a command: flags in, one line and exit status 2 for whatever the user can mend."""

import os
import signal
import sys

from absl import app, flags

from mann.experiment.errors import Interrupted, UserError

STATUS_USER_ERROR = 2


def here(file, path):
    """Returns `path` beside `file`, so that a command works from any folder."""
    return os.path.join(os.path.dirname(os.path.abspath(file)), path)


def run(main):
    """Parses the flags and calls `main()`; exits with status 2 and one line on a user's error."""
    app.run(lambda _: _guard(main), flags_parser=_parse_flags)


def _parse_flags(argv):
    try:
        rest = flags.FLAGS(argv)
    except flags.Error as error:
        _fail(f"{error} Try {argv[0]} --help.")
    # ml_collections answers an unknown field, a value of the wrong type or a missing file so.
    except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        _fail(f"--config: {error}")
    if len(rest) > 1:
        _fail(f"Unexpected argument {rest[1]!r}: options are written --name=value.")
    return rest


def _guard(main):
    try:
        main()
    except Interrupted as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except UserError as error:
        _fail(str(error))


def _fail(message):
    print("Error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(STATUS_USER_ERROR)
