"""A run that is killed or stopped ends with the weights of one that was not."""

import contextlib
import functools
import os
import signal
import sys
import time

import keras
import numpy as np
from small_runs import STOPPED_COPY

from mann.runs import checkpoints
from mann.runs.workdir import Workdir

STEPS = 60
RUN = STOPPED_COPY | {"train.steps": STEPS}

# Becomes a command that has its standard input for a terminal, and its signal, which is ignored
# where these tests run under nohup.
IN_TERMINAL = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"
)


def wait_for(process, workdir, step, look=lambda: None):
    """Returns as soon as a run has a checkpoint of `step` or later."""
    deadline = time.monotonic() + 600
    while not any(saved >= step for saved in checkpoints.list_saved_steps(workdir)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        look()
        time.sleep(0.001)


def stop_after(process, workdir, step, number):
    """Sends a signal to a run as soon as it has a checkpoint of `step` or later."""
    wait_for(process, workdir, step)
    os.kill(process.pid, number)
    out, error = process.communicate(timeout=600)
    return process.returncode, out, error


def close_terminal_after(train, workdir, step):
    """Runs `train` in a terminal and closes it; returns the exit status."""
    terminal, inside = os.openpty()
    os.set_blocking(terminal, False)

    def look():
        with contextlib.suppress(BlockingIOError):
            os.read(terminal, 10_000)

    process = train(before=("-c", IN_TERMINAL, sys.executable), streams=inside)
    os.close(inside)
    wait_for(process, workdir, step, look)
    os.close(terminal)
    return process.wait(timeout=600)


def loss_lines(workdir):
    """Returns all that a run reports except its speed."""
    lines = [line for line in workdir.read_metrics() if "loss" in line]
    return [
        {name: value for name, value in line.items() if name != "steps_per_second"}
        for line in lines
    ]


def weights(workdir):
    model = keras.models.load_model(workdir.checkpoint(STEPS))
    return model.get_weights() + [np.array(v) for v in model.optimizer.variables]


def test_killed_and_interrupted_runs_end_as_if_nothing_had_happened(command, tmp_path):
    def train(workdir, **options):
        return command("train", "--config=copy", f"--workdir={workdir.path}", fields=RUN, **options)

    straight, broken = Workdir(tmp_path / "straight"), Workdir(tmp_path / "broken")
    process = train(straight)
    _, error = process.communicate(timeout=600)
    assert process.returncode == 0, error

    code, _, _ = stop_after(train(broken), broken, 5, signal.SIGKILL)
    assert code == -signal.SIGKILL
    killed_at = checkpoints.list_saved_steps(broken)[0]
    assert killed_at < STEPS

    code, out, error = stop_after(train(broken), broken, killed_at + 5, signal.SIGTERM)
    assert f"Resuming after step {killed_at} " in out
    stopped_at = checkpoints.list_saved_steps(broken)[0]
    assert code == 143 and f"Stopped after step {stopped_at} of {STEPS}" in error
    assert "Traceback" not in error
    assert killed_at < stopped_at < STEPS

    train_again = functools.partial(train, broken)
    assert close_terminal_after(train_again, broken, stopped_at + 5) == 129
    left_at = checkpoints.list_saved_steps(broken)[0]
    assert stopped_at < left_at < STEPS

    process = train(broken)
    out, error = process.communicate(timeout=600)
    assert process.returncode == 0, error
    assert f"Resuming after step {left_at} " in out
    for one, other in zip(weights(straight), weights(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    assert loss_lines(broken) == loss_lines(straight)
    assert loss_lines(broken)[-1]["step"] == STEPS
