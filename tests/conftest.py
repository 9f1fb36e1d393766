import contextlib
import gc
import hashlib
import os
import pathlib
import platform
import subprocess
import sys
import time
from importlib import metadata

import keras
import numpy as np
import pytest
from small_runs import SMALL, SMALL_COPY, changed, without_xla

from configs import characters, copy
from mann.models.build import build_model
from mann.models.compiling import compile_model
from mann.runs import checkpoints
from mann.tasks.build import build_task
from mann.training import train_and_evaluate

ROOT = pathlib.Path(__file__).parents[1]

if keras.backend.backend() == "torch":
    import torch

    # Tests compare by NumPy's functions, which take a tensor with a gradient on other backends.
    torch.Tensor.__array__ = lambda tensor, dtype=None, copy=None: np.asarray(
        tensor.detach().cpu().numpy(), dtype
    )

# These tests are of the code around a model.
WITHOUT_XLA = ("classifier", "evaluation", "mann_config", "mann_draw", "models", "runs", "tasks")
WITHOUT_XLA += ("training",)
KEPT_SECONDS = 3 * 24 * 60 * 60
# Each program that JAX compiled maps several pieces of memory, and Linux ends a process that asks
# for more than 65,530.
MOST_MAPPINGS = 20_000


def describe_processor():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return platform.machine()


def pytest_configure(config):
    """Keeps what compilers make, for other processes and for tests within a few days."""
    if not hasattr(config, "cache"):
        return
    compilers = ("jax", "numba", "tensorflow")
    versions = [one.version for name in compilers for one in metadata.distributions(name=name)]
    used = repr([describe_processor(), versions]).encode()
    kept = config.cache.mkdir(f"compiled-{hashlib.sha256(used).hexdigest()[:16]}")
    for path in kept.parent.glob("compiled-*/**/*"):
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()
    os.environ.setdefault("NUMBA_CACHE_DIR", f"{kept}/numba")
    # Quoted, as the path may have spaces.
    for_tensorflow = f"--tf_xla_persistent_cache_directory='{kept}/tensorflow'"
    os.environ.setdefault("TF_XLA_FLAGS", for_tensorflow)
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", f"{kept}/jax")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    if keras.backend.backend() == "jax":
        # It has read its environment.
        import jax

        jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def forget_compiled_programs():
    """Lets JAX forget the programs of earlier tests before there are too many in one process."""
    yield
    if keras.backend.backend() == "jax" and count_mappings() > MOST_MAPPINGS:
        import jax

        jax.clear_caches()
        gc.collect()


def count_mappings():
    with contextlib.suppress(OSError), open("/proc/self/maps") as lines:
        return sum(1 for _ in lines)
    return 0


@pytest.fixture(autouse=True)
def leave_xla_to_layers(request):
    """Leaves XLA to layers, and to the runs that tests share."""
    wanted = request.path.parent.name not in WITHOUT_XLA
    with contextlib.nullcontext() if wanted else without_xla():
        yield


@pytest.fixture
def small_config():
    return lambda **changes: changed(characters.get_config(), SMALL, changes)


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """Returns the workdir of a run, for tests that measure it or leave it alone."""
    path = tmp_path_factory.mktemp("trained") / "run"
    train_and_evaluate(changed(characters.get_config(), SMALL, {"train__steps": 1}), path)
    return path


@pytest.fixture
def small_copy():
    return lambda **changes: changed(copy.get_config(), SMALL_COPY, changes)


@pytest.fixture(scope="session")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("The cat sat on the mat, and the dog sat on the log.\n" * 80)
    return path


@pytest.fixture
def compiled_model(small_config):
    """Makes a compiled model of the small config, with changes."""

    def make(**changes):
        config = small_config(**changes)
        task = build_task(config)
        model = build_model(config.model, task)
        compile_model(model, config.train, task)
        return model

    return make


@pytest.fixture
def save():
    """Saves a model as one that was trained for so many steps."""

    def save(model, path, step):
        model.optimizer.build(model.trainable_variables)
        model.optimizer.iterations.assign(step)
        checkpoints.save_model(model, path)

    return save


@pytest.fixture
def command():
    """Starts a command of `mann` in the project's folder, with fields of its config set."""

    def start(name, *arguments, fields=None, before=(), streams=subprocess.PIPE):
        flags = [f"--config.{name}={value}" for name, value in (fields or {}).items()]
        return subprocess.Popen(
            [sys.executable, *before, "-m", "mann_commands", name, *arguments, *flags],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=streams,
            stdout=streams,
            stderr=streams,
            text=True,
        )

    return start
