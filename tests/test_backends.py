"""TensorFlow and JAX compute and learn the same, and JAX does so without TensorFlow."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest


def outputs(backend, path, *arguments):
    root = pathlib.Path(__file__).parents[1]
    subprocess.run(
        [sys.executable, root / "tests" / "backend_outputs.py", path, *arguments],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
    )
    return np.load(path)


def test_backends_agree(tmp_path):
    pytest.importorskip("tensorflow")
    pytest.importorskip("jax")
    one = outputs("tensorflow", tmp_path / "tensorflow.npz")
    other = outputs("jax", tmp_path / "jax.npz", "without-tensorflow")
    assert set(one) == set(other) and len(one.files) > 10
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)
