"""TensorFlow, JAX and PyTorch compute, learn and load the same, the others without TensorFlow."""

import importlib.util
import itertools
import os
import pathlib
import subprocess
import sys

import backend_outputs
import keras
import numpy as np
import pytest
from small_runs import SMALL

BACKENDS = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]
OTHERS = [name for name in BACKENDS if name != "tensorflow"]
ROOT = pathlib.Path(__file__).parents[1]


def run(backend, script, *arguments):
    subprocess.run(
        [sys.executable, script, *arguments],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )


def write_outputs(backend, folder, others):
    if backend == keras.backend.backend():
        backend_outputs.write_outputs(folder, others)
    else:
        run(backend, backend_outputs.__file__, folder, *others)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Returns each backend's folder: its results, and what it computes by the others' models."""
    top = tmp_path_factory.mktemp("backends")
    folders = {backend: top / backend for backend in BACKENDS}
    for folder in folders.values():
        folder.mkdir()
    all_folders = list(folders.values())
    for i, (backend, folder) in enumerate(folders.items()):
        write_outputs(backend, folder, all_folders[:i])
    for i, (backend, folder) in enumerate(folders.items()):
        if later := all_folders[i + 1 :]:
            write_outputs(backend, folder, later)
    return folders


@pytest.mark.parametrize("backend", OTHERS)
def test_backends_agree(backend, trained):
    one, other = (dict(np.load(trained[b] / "results.npz")) for b in ("tensorflow", backend))
    assert set(one) == set(other) and len(one) > 20
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize(("saved_on", "loaded_on"), itertools.permutations(BACKENDS, 2))
def test_a_model_saved_on_one_backend_loads_on_another(saved_on, loaded_on, trained):
    want = np.load(trained[saved_on] / "results.npz")
    got = np.load(trained[loaded_on] / f"{saved_on}.npz")
    assert len(got.files) == 3
    for name in got:
        np.testing.assert_allclose(got[name], want[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("backend", OTHERS)
def test_a_run_needs_no_tensorflow(backend, tmp_path):
    script = tmp_path / "without.py"
    script.write_text(
        "import runpy, sys\n"
        "sys.modules['tensorflow'] = None\n"
        f"sys.argv[0] = {str(ROOT / 'train.py')!r}\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    # A step more is no other code.
    fields = SMALL | {"train.steps": 1, "train.validate_every": 1}
    small = [f"--config.{name}={value}" for name, value in fields.items()]
    run(backend, script, f"--workdir={tmp_path / 'run'}", *small)
    assert (tmp_path / "run" / "model.keras").exists()
