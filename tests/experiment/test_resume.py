"""A run that is killed or stopped ends with the weights of one that was not."""

import os
import signal
import time

import keras
import numpy as np
from small_runs import SMALL_COPY

from mann.experiment.workdir import Workdir

STEPS = 60
# Levels rise at steps 6 and 12, before and between the stops.
RUN = SMALL_COPY | {"train.steps": STEPS, "train.checkpoint_every": 5, "task.curriculum.every": 6}


def stop_after(process, workdir, step, number):
    """Sends a signal to a run as soon as it has a checkpoint of `step` or later."""
    deadline = time.monotonic() + 120
    while not any(saved >= step for saved in workdir.saved_steps()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(process.pid, number)
    out, error = process.communicate(timeout=120)
    return process.returncode, out, error


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

    code, out, error = stop_after(train(broken), broken, killed_at + 5, signal.SIGINT)
    assert f"Resuming after step {killed_at} " in out
    stopped_at = broken.saved_steps()[0]
    assert code == 130 and f"Stopped after step {stopped_at} of {STEPS}" in error
    assert "Traceback" not in error
    assert killed_at < stopped_at < STEPS

    process = train(broken)
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    assert f"Resuming after step {stopped_at} " in out
    for one, other in zip(weights(straight), weights(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    lines = [line["step"] for line in broken.read_metrics() if "loss" in line]
    assert lines == sorted(set(lines)) and lines[-1] == STEPS
