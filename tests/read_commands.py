"""Says what commands of `mann` would do: reads lists of their arguments as JSON, writes calls.

Each is read by the command itself, in a process of its own, up to what needs a framework. A run
that would be trained gets its config.json, and a sweep its record, which later commands look for.
"""

import json
import os
import pathlib
import shutil
import socket
import sys
import types
from unittest import mock

from mann_commands import __main__ as commands
from mann_config import command_line, process_flags
from mann_config.check import complete_config, read_config
from mann_config.measuring import list_options
from mann_config.pretrained import PRETRAINED
from mann_sweeps.record import write_record


def train(config, workdir):
    config, workdir = complete_config(config.to_dict()), pathlib.Path(workdir)
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / "config.json").write_text(json.dumps(config))
    return {"workdir": str(workdir), "config": config}


def evaluate(workdir, options, **how):
    task = read_config(pathlib.Path(workdir) / "config.json")["task"]["name"]
    wrong = set(options) - set(list_options(task))
    assert not wrong, f"{task} is not measured by {wrong}"
    return {"workdir": workdir, "options": options, **how}


def unpack(name, folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(PRETRAINED / name / "config.json", folder)


def sweep(workdir, record, runs, *_):
    refused = [run.refusal for run in runs if run.refusal]
    assert not refused, refused
    pathlib.Path(workdir).mkdir(parents=True, exist_ok=True)
    write_record(workdir, record)
    return 0


def read_command(arguments):
    """Returns the calls of a command as JSON: lists of a function's name and its arguments."""
    calls = []

    def recorded(function):
        return lambda *args, **kwargs: calls.append([function.__name__, function(*args, **kwargs)])

    modules = {
        "mann.training": types.SimpleNamespace(
            train_and_evaluate=recorded(train), evaluate=recorded(evaluate), join=mock.Mock()
        ),
        "mann.export": types.SimpleNamespace(export=mock.Mock(), describe=lambda exported: []),
        "mann.pretrained": types.SimpleNamespace(unpack=unpack),
    }
    command_line.import_with_framework = lambda name: modules.get(name, mock.MagicMock())
    process_flags.launch_processes = mock.Mock()
    sys.modules["mann_sweeps.sweep"] = types.SimpleNamespace(sweep=sweep, show_table=mock.Mock())
    # Another page may have the same port.
    socket.create_server = mock.MagicMock()
    sys.argv = ["mann", *arguments]
    try:
        commands.main()
    except SystemExit as end:
        if end.code:
            # The command has said why.
            os._exit(1)
    return json.dumps(calls)


def main():
    for arguments in json.load(sys.stdin):
        read, write = os.pipe()
        process = os.fork()
        if not process:
            # What the command prints is of no interest, but its error is.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.write(write, read_command(arguments).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as calls:
            text = calls.read()
        if os.waitpid(process, 0)[1]:
            sys.exit(f"This command is refused: mann {' '.join(arguments)}")
        print(text)


if __name__ == "__main__":
    main()
