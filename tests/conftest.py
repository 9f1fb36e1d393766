import contextlib
import hashlib
import os
import pathlib
import subprocess
import sys

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
WITHOUT_XLA = ("training", "tasks", "evaluation", "runs", "mann_config")
KERNELS = ROOT / "mann" / "kernels"


def pytest_configure(config):
    if not hasattr(config, "cache"):
        return
    # numba would take what it compiled before a file that another calls has changed.
    sources = b"".join(path.read_bytes() for path in sorted(KERNELS.glob("*.py")))
    kept = config.cache.mkdir(f"numba-{hashlib.sha256(sources).hexdigest()[:16]}")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(kept))


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    keras.utils.set_random_seed(0)


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
    """Starts a command of the README in the project's folder, with fields of its config set."""

    def start(script, *arguments, fields=None, streams=subprocess.PIPE):
        flags = [f"--config.{name}={value}" for name, value in (fields or {}).items()]
        return subprocess.Popen(
            [sys.executable, script, *arguments, *flags],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=streams,
            stdout=streams,
            stderr=streams,
            text=True,
        )

    return start
