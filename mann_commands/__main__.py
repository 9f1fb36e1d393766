"""The command `mann`, which hands over to one of its commands: `mann train --help`."""

import ast
import difflib
import importlib
import pathlib
import sys

from mann_config import __version__, command_line

_COMMANDS = (
    "train",
    "evaluate",
    "export",
    "draw",
    "sweep",
    "ask",
    "ask-graph",
    "complete",
    "configs",
)


def main():
    """Runs the command that the command line names."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("--help", "-h", "-help", "help"):
        _print(_explain())
    elif name in ("--version", "version"):
        _print(__version__)
    elif name.replace("_", "-") in _COMMANDS:
        run(name.replace("-", "_"), sys.argv[2:])
    else:
        near = difflib.get_close_matches(name, _COMMANDS, 1)
        hint = f"did you mean mann {near[0]}?" if near else f"choose from {', '.join(_COMMANDS)}."
        print(f"Error: There is no command {name!r}: {hint}", file=sys.stderr)
        sys.exit(command_line.STATUS_USER_ERROR)


def run(name, arguments):
    """Runs a command.

    Args:
        name: name of its module, such as `"train"`.
        arguments: list of its arguments.
    """
    # The flags of a module are those that its --help lists, under the name of the program.
    sys.argv = [f"mann_commands.{name}", *arguments]
    module = importlib.import_module(f"mann_commands.{name}")
    sys.modules["__main__"].__doc__ = module.__doc__
    command_line.run(module.main)


def _print(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:
        command_line.leave_without_reader()


def _explain():
    lines = ["Trains and measures memory-augmented networks and few-shot learners.", ""]
    for name in _COMMANDS:
        lines.append(f"  mann {name.ljust(10)} {_read_first_line(name.replace('-', '_'))}")
    lines += [
        "",
        "mann <command> --help lists its options; mann --version prints the version.",
    ]
    return "\n".join(lines)


def _read_first_line(name):
    source = pathlib.Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)).partition("\n")[0]


if __name__ == "__main__":
    main()
