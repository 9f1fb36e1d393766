"""Packaged models hold nothing that only newer versions of Keras read."""

import json
import zipfile

import keras
import numpy as np
import pytest

from mann.pretrained.portable import make_portable
from mann_config.pretrained import PRETRAINED, pretrained_names

# Arguments that came after the oldest Keras that is supported.
NEWER = ("quantization_config", "input_axes", "output_axes")


def read_config(path):
    with zipfile.ZipFile(path) as file:
        return file.read("config.json").decode()


@pytest.mark.parametrize("name", pretrained_names())
def test_pretrained_models_name_no_newer_argument(name):
    config = read_config(PRETRAINED / name / "model.keras")
    assert not any(f'"{argument}"' in config for argument in NEWER)


def test_a_portable_model_is_the_same(tmp_path):
    path = tmp_path / "model.keras"
    model = keras.Sequential([keras.Input((None, 6, 1)), keras.layers.Conv2D(2, 3)])
    model.add(keras.layers.Dense(3))
    model.save(path)
    make_portable(path)
    assert not any(f'"{argument}"' in read_config(path) for argument in NEWER)
    loaded = keras.models.load_model(path)
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 1))
    np.testing.assert_array_equal(loaded(x), model(x))


def test_an_argument_that_is_used_stays(tmp_path):
    path = tmp_path / "model.keras"
    config = {"input_axes": [0], "layers": [{"output_axes": None, "units": None}]}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", b"weights")
    make_portable(path)
    assert json.loads(read_config(path)) == {"input_axes": [0], "layers": [{"units": None}]}
    with zipfile.ZipFile(path) as file:
        assert file.read("model.weights.h5") == b"weights"
