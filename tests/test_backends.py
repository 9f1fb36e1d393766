"""TensorFlow, JAX and PyTorch compute, learn and load the same, the others without TensorFlow."""

import importlib.util
import itertools
import os
import pathlib
import subprocess
import sys

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


def run_outputs(backend, *arguments):
    without = [] if backend == "tensorflow" else ["--without-tensorflow"]
    run(backend, ROOT / "tests" / "backend_outputs.py", *arguments, *without)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Returns the folder of each backend, with what it computed and the models it saved."""
    folders = {backend: tmp_path_factory.mktemp(backend) for backend in BACKENDS}
    for backend, folder in folders.items():
        run_outputs(backend, "train", folder)
    return folders


@pytest.mark.parametrize("backend", OTHERS)
def test_backends_agree(backend, trained):
    one, other = (dict(np.load(trained[b] / "results.npz")) for b in ("tensorflow", backend))
    assert set(one) == set(other) and len(one) > 20
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize(("saved_on", "loaded_on"), itertools.permutations(BACKENDS, 2))
def test_a_model_saved_on_one_backend_loads_on_another(saved_on, loaded_on, trained, tmp_path):
    run_outputs(loaded_on, "load", trained[saved_on], tmp_path / "loaded.npz")
    want, got = np.load(trained[saved_on] / "results.npz"), np.load(tmp_path / "loaded.npz")
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
    small = [f"--config.{name}={value}" for name, value in SMALL.items()]
    run(backend, script, f"--workdir={tmp_path / 'run'}", *small)
    assert (tmp_path / "run" / "model.keras").exists()
