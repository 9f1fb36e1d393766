"""Tasks of Ray, without Ray: which runs are started again, and what each is given."""

import types

import pytest

from mann_config.errors import UserError
from mann_sweeps import ray_tasks
from mann_sweeps.ray_tasks import STARTED_AGAIN, Resources, Tasks
from mann_sweeps.run_folder import RunFolder
from mann_sweeps.worker import DONE, FAILED, STOPPED, Job


class RayError(Exception):
    pass


class WorkerCrashedError(RayError):
    pass


class TaskCancelledError(RayError):
    pass


class Ray:
    """Stands for the module: each task ends at once, as the next of `ends` says."""

    exceptions = types.SimpleNamespace(
        RayError=RayError,
        TaskCancelledError=TaskCancelledError,
        WorkerCrashedError=WorkerCrashedError,
        NodeDiedError=WorkerCrashedError,
        OutOfMemoryError=WorkerCrashedError,
    )

    def __init__(self, ends):
        self._ends = iter(ends)
        self.cancelled = []
        self.machines = []

    def remote(self, **options):
        assert options["max_calls"] == 1
        return lambda function: types.SimpleNamespace(remote=lambda job: object())

    def wait(self, references, **options):
        return references[:1], references[1:]

    def get(self, reference):
        end = next(self._ends)
        if isinstance(end, Exception):
            raise end
        return end

    def cancel(self, reference, force):
        self.cancelled.append(force)

    def nodes(self):
        return [{"Alive": True, "Resources": machine} for machine in self.machines]


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Returns the tasks of one run that ends in these ways, one after the other."""

    def start(*ends):
        monkeypatch.setattr(ray_tasks, "_import_ray", lambda: Ray(ends))
        tasks = Tasks(Resources(1, 0))
        tasks.start("run", Job(str(tmp_path), {}, None, "", {}))
        return tasks

    return start


DIED = WorkerCrashedError("\x1b[36mout\x1b[39m of\nmemory")


def test_a_run_that_dies_again_and_again_without_getting_further_has_failed(start, tmp_path):
    tasks = start(DIED, DIED, DIED)
    assert [tasks.collect(0) for _ in range(4)] == [
        {"run": STARTED_AGAIN},
        {"run": STARTED_AGAIN},
        {"run": FAILED},
        {},
    ]
    assert RunFolder(tmp_path).read_failure() == "WorkerCrashedError: out of memory"


def test_a_run_that_gets_further_is_started_again_as_often_as_it_takes(start, tmp_path):
    tasks = start(*[DIED] * 8, DONE)
    (tmp_path / "checkpoints").mkdir()
    for step in range(8):
        (tmp_path / "checkpoints" / f"step_{step // 2:08d}.keras").touch()
        assert tasks.collect(0) == {"run": STARTED_AGAIN}
    assert tasks.collect(0) == {"run": DONE} and not tasks.running


def test_a_run_that_ends_with_any_other_error_has_failed(start, tmp_path):
    assert start(RayError("not a module")).collect(0) == {"run": FAILED}
    assert RunFolder(tmp_path).read_failure() == "RayError: not a module"


@pytest.mark.parametrize("end", [DIED, TaskCancelledError(), STOPPED])
def test_what_ends_after_a_stop_has_stopped(end, start):
    tasks = start(end)
    tasks.stop()
    tasks.stop(at_once=True)
    assert tasks._ray.cancelled == [False, True]
    assert tasks.collect(0) == {"run": STOPPED}


@pytest.mark.parametrize(
    ("machines", "asked", "given"),
    [
        ([{"CPU": 8}], (None, None), (1, 0)),
        ([{"CPU": 8}], (8, None), (8, 0)),
        ([{"CPU": 16, "GPU": 2}], (None, None), (8, 1)),
        ([{"CPU": 16, "GPU": 2}], (None, 0.5), (4, 0.5)),
        ([{"CPU": 16, "GPU": 2}], (None, 0), (1, 0)),
        ([{"CPU": 2}, {"CPU": 4, "GPU": 1}], (3, 1), (3, 1)),
        ([{"CPU": 8}], (9, None), "the largest has 8 cores, or 0 GPUs"),
        ([{"CPU": 8}], (None, 1), "--gpus_per_run=1 ask for"),
        ([{"CPU": 2, "GPU": 1}, {"CPU": 8}], (4, 1), "No machine has"),
    ],
)
def test_what_each_run_is_given(machines, asked, given, monkeypatch):
    ray = Ray([])
    ray.machines = machines
    monkeypatch.setattr(ray_tasks, "_import_ray", lambda: ray)
    if isinstance(given, str):
        with pytest.raises(UserError, match=given):
            ray_tasks.choose_resources(*asked)
    else:
        assert ray_tasks.choose_resources(*asked) == given


def test_the_environment_of_a_run_holds_it_to_its_cores_and_gpus(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    monkeypatch.setenv("HOME", "/elsewhere")
    environment = ray_tasks.make_environment(Resources(2, 0))
    assert environment["KERAS_BACKEND"] == "jax" and "HOME" not in environment
    for name in ("TF_NUM_INTRAOP_THREADS", "NPROC", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        assert environment[name] == "2"
    assert environment["CUDA_VISIBLE_DEVICES"] == ""
    assert "CUDA_VISIBLE_DEVICES" not in ray_tasks.make_environment(Resources(2, 1))
    shared = ray_tasks.make_environment(Resources(2, 0.5))
    assert shared["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
