import hashlib
import os
import pathlib

import keras
import numpy as np
import pytest
from small_runs import SMALL, changed

from configs import characters
from mann.training import train_and_evaluate

if keras.backend.backend() == "torch":
    import torch

    # Tests compare by NumPy's functions, which take a tensor with a gradient on other backends.
    torch.Tensor.__array__ = lambda tensor, dtype=None, copy=None: np.asarray(
        tensor.detach().cpu().numpy(), dtype
    )

KERNELS = pathlib.Path(__file__).parents[1] / "mann" / "kernels"


def pytest_configure(config):
    # numba would take what it compiled before a file that another calls has changed.
    sources = b"".join(path.read_bytes() for path in sorted(KERNELS.glob("*.py")))
    kept = config.cache.mkdir(f"numba-{hashlib.sha256(sources).hexdigest()[:16]}")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(kept))


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    keras.utils.set_random_seed(0)


@pytest.fixture
def small_config():
    return lambda **changes: changed(characters.get_config(), SMALL, changes)


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """Returns the workdir of a run, for tests that measure it or leave it alone."""
    path = tmp_path_factory.mktemp("trained") / "run"
    train_and_evaluate(changed(characters.get_config(), SMALL, {"train__steps": 1}), path)
    return path
