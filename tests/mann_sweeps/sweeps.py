"""Sweeps small enough for tests, as the command runs them: feed-forward networks on copy."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from small_runs import SMALL_TRAINING

ROOT = pathlib.Path(__file__).parents[2]
FIELDS = {
    **SMALL_TRAINING,
    "task.bits": 3,
    "task.length": (1, 3),
    "task.test_levels.length": (2, 5),
    "model.name": "feedforward",
    "train.steps": 60,
    "train.checkpoint_every": 5,
    "train.report_every": 7,
    "train.validate_every": 30,
}
GRID = ("--grid=train.learning_rate=0.01,0.001", "--seeds=0,1")


def start(workdir, *arguments, fields=FIELDS):
    """Starts a sweep as the leader of a process group."""
    flags = [f"--config.{name}={value}" for name, value in fields.items()]
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "mann_commands", "sweep"),
            *("--config=copy", f"--workdir={workdir}"),
            *(*flags, *arguments),
        ],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def finish(process):
    """Returns the exit status, output and errors of a sweep."""
    out, error = process.communicate(timeout=300)
    return process.returncode, out, error


def saved_steps(run):
    """Returns the steps of the checkpoints of a run, newest first."""
    names = [path.stem for path in run.glob("checkpoints/step_*.keras")]
    return sorted((int(name.removeprefix("step_")) for name in names), reverse=True)


def wait_for(process, ready):
    """Returns as soon as `ready()` is true."""
    deadline = time.monotonic() + 300
    while not ready():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)


def kill_run(run):
    """Kills the process that trains in a folder."""
    last = re.findall(r"^Process (\d+) on ", (run / "output.txt").read_text(), re.MULTILINE)[-1]
    os.kill(int(last), signal.SIGKILL)
