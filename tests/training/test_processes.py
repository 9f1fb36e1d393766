"""Processes and devices that train one model together, on JAX, as one would alone."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from small_runs import STOPPED_COPY

from mann.runs import checkpoints
from mann.runs.workdir import Workdir

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="only JAX trains on several devices"
)
ROOT = pathlib.Path(__file__).parents[2]
STEPS = 100
COPY = STOPPED_COPY | {"train.steps": STEPS}


def read_losses(folder):
    lines = Workdir(folder).read_metrics()
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def read_checkpoint(folder, step):
    model = keras.models.load_model(Workdir(folder).checkpoint(step))
    return [np.array(variable) for variable in (*model.variables, *model.optimizer.variables)]


def wait_for(processes, folder, step):
    """Returns as soon as a run has a checkpoint of `step` or later."""
    deadline = time.monotonic() + 300
    while not any(saved >= step for saved in checkpoints.list_saved_steps(Workdir(folder))):
        assert all(process.poll() is None for process in processes)
        assert time.monotonic() < deadline
        time.sleep(0.002)


def find_children(process):
    """Returns the numbers of the processes that a process has started, oldest first."""
    listed = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in listed.split()]


def is_running(number):
    try:
        state = pathlib.Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    # Whoever should have waited for a zombie may not.
    return state != "Z"


def finish(process):
    out, error = process.communicate(timeout=300)
    return process.returncode, out, error


def get_free_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def start(folder, *flags, environment=None):
    """Starts a training of the small copy."""
    fields = [f"--config.{name}={value}" for name, value in COPY.items()]
    run = ["train.py", "--config=configs/copy.py", f"--workdir={folder}", *fields, *flags]
    return popen(run, environment or {})


def train_kinds(*arguments):
    """Starts train_kinds.py."""
    run = ["tests/training/train_kinds.py", *map(str, arguments)]
    return popen(run, {"PYTHONPATH": f"{ROOT}:{ROOT}/tests"})


STARTED = []


def popen(run, environment):
    process = subprocess.Popen(
        [sys.executable, *run],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def end_what_was_started():
    """Ends what a test that failed has left."""
    yield
    while STARTED:
        STARTED.pop().kill()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Returns the folder of a run of one process."""
    folder = tmp_path_factory.mktemp("alone")
    code, _, error = finish(start(folder))
    assert code == 0, error
    return folder


def assert_same_losses(folder, other):
    losses, others = read_losses(folder), read_losses(other)
    assert list(losses) == list(others)
    np.testing.assert_allclose([*losses.values()], [*others.values()], rtol=1e-5)


def test_two_processes_train_as_one_and_resume_as_if_nothing_had_happened(alone, tmp_path):
    together, broken = tmp_path / "together", tmp_path / "broken"
    code, out, error = finish(start(together, "--processes=2"))
    assert code == 0, error
    assert "jax on 2 devices of 2 processes" in out and "each with 2 of the 4 examples" in out
    assert out.count("Model measured") == 1
    assert_same_losses(together, alone)

    running = start(broken, "--processes=2")
    wait_for([running], broken, 10)
    os.kill(find_children(running)[1], signal.SIGKILL)
    killed = time.monotonic()
    code, _, error = finish(running)
    assert time.monotonic() - killed < 30
    assert code == 128 + signal.SIGKILL
    assert "process 1 of 2, counted from 0, was ended by SIGKILL" in error.splitlines()[-1]
    killed_at = checkpoints.list_saved_steps(Workdir(broken))[0]
    assert killed_at < STEPS

    running = start(broken, "--processes=2")
    wait_for([running], broken, killed_at + 5)
    running.send_signal(signal.SIGINT)
    code, out, error = finish(running)
    assert f"Resuming after step {killed_at} " in out
    stopped_at = checkpoints.list_saved_steps(Workdir(broken))[0]
    assert code == 130 and f"Stopped after step {stopped_at} of {STEPS}" in error
    assert "Traceback" not in error

    code, out, error = finish(start(broken, "--processes=2"))
    assert code == 0, error
    assert f"Resuming after step {stopped_at} " in out
    for one, other in zip(
        read_checkpoint(broken, STEPS), read_checkpoint(together, STEPS), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert read_losses(broken) == read_losses(together)


def test_a_job_of_slurm_stops_together_and_goes_on_in_one_process(alone, tmp_path):
    # As SLURM sets them for the tasks of a step; the port comes of the number of the job.
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_STEP_NODELIST": "localhost"}
    running = [
        start(
            tmp_path,
            "--cluster",
            environment={
                **job,
                **{"SLURM_NTASKS": "2", "SLURM_PROCID": str(index), "SLURM_LOCALID": str(index)},
            },
        )
        for index in range(2)
    ]
    wait_for(running, tmp_path, 10)
    # The other hears of it.
    running[1].send_signal(signal.SIGTERM)
    assert [finish(process)[0] for process in running] == [143, 143]
    stopped_at = checkpoints.list_saved_steps(Workdir(tmp_path))[0]
    assert stopped_at < STEPS
    code, out, error = finish(start(tmp_path))
    assert code == 0, error
    assert f"Resuming after step {stopped_at} " in out
    assert_same_losses(tmp_path, alone)


@pytest.mark.parametrize("dead", [0, 1])
def test_of_processes_started_by_hand_one_names_the_other_that_died(dead, tmp_path):
    address = get_free_address()
    running = [
        start(
            tmp_path,
            *(f"--coordinator={address}", f"--process_id={index}", "--num_processes=2"),
            "--config.train.steps=100000",
        )
        for index in range(2)
    ]
    wait_for(running, tmp_path, 5)
    running[dead].kill()
    killed = time.monotonic()
    code, _, error = finish(running[1 - dead])
    assert time.monotonic() - killed < 30
    assert code != 0
    assert error.splitlines()[-1].startswith(f"Error: process {dead}, counted from 0, has ended")
    assert "stack trace" not in error


def test_an_error_of_one_process_is_told_by_all(text_file, tmp_path):
    address = get_free_address()
    running = [
        train_kinds(index, 2, address, path, tmp_path / "run", "text")
        for index, path in enumerate((text_file, tmp_path / "missing.txt"))
    ]
    for process in running:
        code, _, error = finish(process)
        assert code == 1
        expected = "UserError: Process 1 of 2, counted from 0: --config.task.path="
        assert re.search(f"{expected}.*missing.txt", error), error


def test_all_end_with_the_one_that_started_them(tmp_path):
    running = start(tmp_path, "--processes=2", "--config.train.steps=100000")
    wait_for([running], tmp_path, 5)
    children = find_children(running)
    running.kill()
    # The output ends with the last process that has it.
    _, error = running.communicate(timeout=60)
    assert "Stopped after step" in error
    deadline = time.monotonic() + 10
    while any(map(is_running, children)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_replicas_on_parts_of_a_cpu_train_as_one(alone, tmp_path):
    code, out, error = finish(start(tmp_path, "--config.train.replicas=2"))
    assert code == 0, error
    assert "jax on 2 devices (cpu:0, cpu:1), each with 2 of the 4 examples" in out
    assert_same_losses(tmp_path, alone)
    # On another machine the run goes on, or is measured, with what there is.
    code, _, error = finish(start(tmp_path))
    assert code == 0, error


def test_every_kind_of_training_is_the_same_in_two_processes(text_file, tmp_path):
    kinds = ("matching", "maml", "text", "sentences")
    address = get_free_address()
    running = [
        train_kinds(index, number, address, text_file, tmp_path / str(number), *kinds)
        for index, number in ((0, 2), (1, 2), (0, 1))
    ]
    for process in running:
        code, _, error = finish(process)
        assert code == 0, error
    for kind in kinds:
        assert_same_losses(tmp_path / "2" / kind, tmp_path / "1" / kind)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--config.train.batch_size=3", "--processes=2"], "batch_size must be a multiple of 2"),
        (["--config.train.batch_size=3", "--config.train.replicas=2"], "must be a multiple of 2"),
        (["--config.seed=1", "--processes=2"], "belongs to another config"),
        (["--cluster"], "The processes do not find each other"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(flags, expected, alone):
    code, _, error = finish(start(alone, *flags))
    lines = [line for line in error.splitlines() if line.startswith("Error")]
    assert code == 2 and len(lines) == 1 and expected in lines[0], error
    assert "Traceback" not in error
