"""A run that is killed or stopped ends with the weights of one that was not."""

import os
import signal
import time

import keras
import numpy as np
from small_runs import SMALL_COPY

from mann.experiment.workdir import Workdir

STEPS = 80
# Levels rise at steps 6 and 12, before and between the stops; reports average over steps before and
# after a stop.
RUN = SMALL_COPY | {
    "train.steps": STEPS,
    "train.checkpoint_every": 5,
    "train.report_every": 7,
    "task.curriculum.every": 6,
}


def wait_for(process, workdir, step):
    """Returns as soon as a run has a checkpoint of `step` or later."""
    deadline = time.monotonic() + 120
    while not any(saved >= step for saved in workdir.saved_steps()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)


def stop_after(process, workdir, step, number):
    """Sends a signal to a run that has a checkpoint of `step` or later."""
    wait_for(process, workdir, step)
    os.kill(process.pid, number)
    out, error = process.communicate(timeout=120)
    return process.returncode, out, error


def loss_lines(workdir):
    """Returns what a run reports but its speed."""
    lines = [line for line in workdir.read_metrics() if "loss" in line]
    return [
        {name: value for name, value in line.items() if name != "steps_per_second"}
        for line in lines
    ]


def weights(workdir):
    model = keras.models.load_model(workdir.checkpoint(STEPS))
    return model.get_weights() + [np.array(v) for v in model.optimizer.variables]


def test_killed_and_interrupted_runs_end_as_if_nothing_had_happened(command, tmp_path):
    def train(workdir):
        run = "--config=configs/copy.py", f"--workdir={workdir.path}"
        return command("train.py", *run, fields=RUN)

    straight, broken = Workdir(tmp_path / "straight"), Workdir(tmp_path / "broken")
    process = train(straight)
    _, error = process.communicate(timeout=180)
    assert process.returncode == 0, error

    code, _, _ = stop_after(train(broken), broken, 5, signal.SIGKILL)
    assert code == -signal.SIGKILL
    killed_at = broken.saved_steps()[0]
    assert killed_at < STEPS

    last = killed_at
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        code, out, error = stop_after(train(broken), broken, last + 5, number)
        assert f"Resuming after step {last} " in out
        stopped_at = broken.saved_steps()[0]
        assert code == status and f"Stopped after step {stopped_at} of {STEPS}" in error
        assert "Traceback" not in error
        assert last < stopped_at < STEPS
        last = stopped_at

    process = train(broken)
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    assert f"Resuming after step {last} " in out
    for one, other in zip(weights(straight), weights(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    assert loss_lines(broken) == loss_lines(straight)
    assert loss_lines(broken)[-1]["step"] == STEPS
