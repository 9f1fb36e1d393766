"""TensorFlow and JAX compute, learn and load the same, and JAX does so without TensorFlow."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

BACKENDS = ("tensorflow", "jax")


def run(backend, *arguments):
    root = pathlib.Path(__file__).parents[1]
    without = ["--without-tensorflow"] if backend == "jax" else []
    subprocess.run(
        [sys.executable, root / "tests" / "backend_outputs.py", *arguments, *without],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Returns the folder of each backend, with what it computed and the models it saved."""
    for backend in BACKENDS:
        pytest.importorskip(backend)
    folders = {backend: tmp_path_factory.mktemp(backend) for backend in BACKENDS}
    for backend, folder in folders.items():
        run(backend, "train", folder)
    return folders


def test_backends_agree(trained):
    one, other = (dict(np.load(trained[backend] / "results.npz")) for backend in BACKENDS)
    assert set(one) == set(other) and len(one) > 20
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize(("saved_on", "loaded_on"), [BACKENDS, BACKENDS[::-1]])
def test_a_model_saved_on_one_backend_loads_on_the_other(saved_on, loaded_on, trained, tmp_path):
    run(loaded_on, "load", trained[saved_on], tmp_path / "loaded.npz")
    want, got = np.load(trained[saved_on] / "results.npz"), np.load(tmp_path / "loaded.npz")
    assert len(got.files) == 3
    for name in got:
        np.testing.assert_allclose(got[name], want[name], atol=1e-5, err_msg=name)
