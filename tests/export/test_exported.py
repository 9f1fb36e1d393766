"""Exported models answer as FewShotClassifier does, where there is no Keras."""

import pathlib
import re
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import mann
from episodes import generate_characters
from mann.export import export, runtimes
from mann.pretrained import load_predictor

if keras.backend.backend() != "tensorflow":
    pytest.skip("Only TensorFlow exports models.", allow_module_level=True)

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "export.md"
(BLOCK,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
CHECK = """
import sys

np.save("probabilities.npy", probabilities)
assert not {"keras", "tensorflow", "jax", "torch", "mann"} & set(sys.modules), sys.modules
"""


def draw(image_shape, ways, shots, queries):
    """Returns support images, their labels and queries, as a classifier takes them."""
    images = generate_characters(ways, num_drawings=shots + 1, image_size=image_shape[0]).images
    support = images[:, :shots].reshape(-1, *image_shape)
    return support, np.arange(ways, dtype=np.int32).repeat(shots), images[:, shots][:queries]


def answer_without_keras(path, folder, support, labels, queries):
    """Runs the program of docs/export.md in a process of its own."""
    folder.mkdir()
    shutil.copy(path, folder / "omniglot.onnx")
    for name, array in {"support": support, "queries": queries}.items():
        np.save(folder / f"{name}.npy", array / np.float32(255))
    np.save(folder / "labels.npy", labels)
    done = subprocess.run(
        [sys.executable, "-c", BLOCK + CHECK], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return np.load(folder / "probabilities.npy")


@pytest.mark.parametrize(
    ("kind", "fixed", "sizes"),
    [
        ("omniglot_5way", {}, [(5, 1, 3), (3, 2, 2)]),
        ("characters_5way", {"ways": 5, "shots": 1, "queries": 2}, [(5, 1, 2)]),
        ("matching", {}, [(7, 2, 3), (2, 1, 1)]),
        ("prototypical", {"ways": 3, "shots": 2, "queries": 2}, [(3, 2, 2)]),
    ],
)
def test_onnx_in_a_process_without_keras(kind, fixed, sizes, run_of, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    model = run_of(kind)
    exported = export(model, tmp_path / "model.onnx", "onnx", **fixed)
    assert exported.difference < 1e-5
    image_shape = load_predictor(model)[1].shape
    for index, numbers in enumerate(sizes):
        support, labels, queries = draw(image_shape, *numbers)
        got = answer_without_keras(exported.path, tmp_path / str(index), support, labels, queries)
        expected = mann.FewShotClassifier(model).fit(support, labels).predict_proba(queries)
        np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "format", "fixed"),
    [
        ("matching", "tf_saved_model", {}),
        ("lrua", "tf_saved_model", {}),
        ("maml", "tf_saved_model", {}),
        ("strings", "tf_saved_model", {"ways": 3}),
        ("nearest_neighbor", "onnx", {}),
        ("matching", "litert", {}),
        ("lrua", "litert", {"ways": 3, "shots": 2, "queries": 2}),
        ("matching", "openvino", {}),
        ("lrua", "openvino", {"ways": 3, "shots": 2, "queries": 2}),
    ],
)
def test_other_formats(kind, format, fixed, run_of, tmp_path):
    for needed in {"onnx": ("tf2onnx", "onnxruntime"), "litert": ("ai_edge_litert",)}.get(
        format, ("openvino",) if format == "openvino" else ()
    ):
        pytest.importorskip(needed)
    model = run_of(kind)
    suffix = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml"}.get(format, "")
    exported = export(model, tmp_path / f"model{suffix}", format, **fixed)
    image_shape = load_predictor(model)[1].shape
    support, labels, queries = draw(image_shape, 3, 2, 2)
    order = np.random.default_rng(0).permutation(len(labels))
    answer = runtimes.load(exported.path, format)
    floats = [array / np.float32(255) for array in (support[order], queries)]
    got = answer(floats[0], labels[order], floats[1])
    expected = mann.FewShotClassifier(model).fit(support, labels).predict_proba(queries)
    np.testing.assert_allclose(got, expected, atol=1e-5)
