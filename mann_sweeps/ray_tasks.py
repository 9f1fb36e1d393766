"""Runs jobs as tasks of Ray, each in a process of its own, and starts again those that died."""

import contextlib
import logging
import os
import re
import socket
from typing import NamedTuple

from episodes.wording import count
from mann_config import extras
from mann_config.errors import UserError
from mann_sweeps.run_folder import RunFolder
from mann_sweeps.worker import FAILED, STOPPED, run_job

# The state of a run whose process died.
STARTED_AGAIN = "started again"
# How often a run is started again that has not got further since its process died.
_MOST_DEATHS = 3
# What holds the libraries of a run to its cores. TensorFlow has its own; XLA and JAX on a CPU read
# NPROC; NumPy's and PyTorch's libraries, and the loops of mann.kernels, the others.
_THREADS = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
# Settings of the command's environment that hold on other machines too.
_SETTINGS = ("KERAS_", "TF_", "TFDS_", "XLA_", "JAX_", "NUMBA_")


class Resources(NamedTuple):
    """What each run is given.

    Attributes:
        cpus: number of cores.
        gpus: number of GPUs, or the share of one.
    """

    cpus: int
    gpus: float


class Tasks:
    """The jobs of a sweep as tasks of Ray.

    Args:
        resources: the `Resources` of each.
    """

    def __init__(self, resources):
        self._ray = _import_ray()
        self._run = self._ray.remote(
            num_cpus=resources.cpus,
            num_gpus=resources.gpus,
            # A process has one framework, with the threads and the random state of one run.
            max_calls=1,
            # `collect` starts again what died: as often as it takes, if it gets further.
            max_retries=0,
        )(run_job)
        # What ends a run whose process, or whose machine, has died.
        names = ("WorkerCrashedError", "NodeDiedError", "OutOfMemoryError")
        self._deadly = tuple(getattr(self._ray.exceptions, name) for name in names)
        self._jobs = {}
        self._deaths = {}
        self._stopping = False

    def start(self, name, job):
        """Hands the `Job` of a run over to Ray, which starts it when its cores are free."""
        self._jobs[self._run.remote(job)] = name, job

    def collect(self, seconds):
        """Waits for a run to end, for so many seconds at most.

        Returns:
            Dict from the names of runs that have ended to `DONE`, `FAILED` or `STOPPED`, and of
            those whose processes have died and that go on to `STARTED_AGAIN`.
        """
        ray = self._ray
        if not self._jobs:
            return {}
        ended, _ = ray.wait(list(self._jobs), num_returns=1, timeout=seconds, fetch_local=False)
        states = {}
        for reference in ended:
            name, job = self._jobs.pop(reference)
            try:
                states[name] = ray.get(reference)
            except ray.exceptions.TaskCancelledError:
                states[name] = STOPPED
            except ray.exceptions.RayError as error:
                if self._stopping:
                    states[name] = STOPPED
                elif isinstance(error, self._deadly) and self._start_again(name, job):
                    states[name] = STARTED_AGAIN
                else:
                    _note_failure(job, error)
                    states[name] = FAILED
        return states

    def _start_again(self, name, job):
        step = RunFolder(job.folder).last_saved_step()
        before, deaths = self._deaths.get(name, (step, 0))
        deaths = deaths + 1 if before == step else 1
        self._deaths[name] = step, deaths
        if deaths < _MOST_DEATHS:
            self.start(name, job)
        return deaths < _MOST_DEATHS

    def stop(self, at_once=False):
        """Asks the runs to end after their step, with a checkpoint; `collect` waits for them.

        Args:
            at_once: whether to end their processes instead. Defaults to `False`.
        """
        self._stopping = True
        for reference in self._jobs:
            self._ray.cancel(reference, force=at_once)

    @property
    def running(self):
        """How many runs have not ended."""
        return len(self._jobs)


def _note_failure(job, error):
    # Its folder may be what could not be written.
    with contextlib.suppress(OSError):
        RunFolder(job.folder).write_failure(f"{type(error).__name__}: {_shorten(error)}")


def _shorten(error):
    # Ray colours its messages.
    text = re.sub(r"\x1b\[[\d;]*m", "", str(error))
    return " ".join(text.split())[:300]


def check_installed():
    """Raises UserError unless Ray is installed."""
    extras.require(["ray"], "sweep", "mann sweep")


def _import_ray():
    check_installed()
    # Said before it is imported: no report to Ray's makers, and no advice of its own on stderr.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise UserError(
            f"Ray does not import ({error}): {extras.explain_install('sweep')}."
        ) from error
    return ray


@contextlib.contextmanager
def connect(address):
    """Yields while connected to Ray: a new one on this machine, or that of a cluster.

    Args:
        address: address of the cluster, `"auto"` for the one that this machine is part of, or
            `None` for a new one.

    Raises:
        UserError: if Ray is not installed, or there is no cluster at the address.
    """
    ray = _import_ray()
    options = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is not None:
            _check_answers(address)
        else:
            options |= {"include_dashboard": False, "num_cpus": _count_allowed_cores()}
        ray.init(address=address or "local", **options)
    # Ray raises errors of many kinds on an address that is none, or where nobody answers.
    except Exception as error:
        if address is None:
            raise UserError(f"Ray does not start: {_shorten(error)}") from error
        raise UserError(
            f"--address={address}: there is no Ray cluster ({_shorten(error)}). Start one with "
            "`ray start --head`, or leave --address out to run on this machine."
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_answers(address):
    """Raises OSError if nobody listens at an address such as `"10.0.0.1:6379"`."""
    # Ray would try for a minute, and say so on stderr.
    if match := re.fullmatch(r"([\w.-]+):(\d+)", address):
        socket.create_connection((match[1], int(match[2])), timeout=10).close()


def _count_allowed_cores():
    """Returns how many cores this process may use if they are fewer than the machine's."""
    # Ray sees the limits of a container, but not those of a scheduler or taskset.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return allowed if allowed < os.cpu_count() else None


def choose_resources(cpus, gpus):
    """Returns the `Resources` of each run, by what the machines have where nothing was asked.

    Args:
        cpus: number of cores, or `None`: one; with GPUs, its share of the cores.
        gpus: number of GPUs or the share of one, or `None`: one if there are GPUs.

    Raises:
        UserError: if no machine has so many.
    """
    ray = _import_ray()
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    total = {name: sum(one.get(name, 0) for one in machines) for name in ("CPU", "GPU")}
    gpus = min(1.0, total["GPU"]) if gpus is None else gpus
    if cpus is None:
        cpus = max(1, int(total["CPU"] / total["GPU"] * gpus)) if gpus and total["GPU"] else 1
    if not any(one.get("CPU", 0) >= cpus and one.get("GPU", 0) >= gpus for one in machines):
        most = [int(max(one.get(name, 0) for one in machines)) for name in ("CPU", "GPU")]
        raise UserError(
            f"No machine has what --cpus_per_run={cpus} and --gpus_per_run={gpus:g} ask for: the "
            f"largest has {count(most[0], 'core')}, or {count(most[1], 'GPU')}."
        )
    return Resources(cpus, gpus)


def make_environment(resources):
    """Returns the environment variables of a run that is given these `Resources`."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)}
    threads = dict.fromkeys(_THREADS, str(resources.cpus))
    if not resources.gpus:
        # By default, Ray leaves a run without GPUs all of them.
        return settings | threads | {"CUDA_VISIBLE_DEVICES": ""}
    if resources.gpus < 1:
        # By default, the first run on a GPU takes all of its memory.
        shared = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        return settings | threads | shared
    return settings | threads
