"""An export that cannot be is refused in one line, and leaves nothing behind."""

import re
import sys

import keras
import numpy as np
import pytest

from configs import copy
from mann.export import export, runtimes
from mann.pretrained import unpack
from mann.runs.files import write_json
from mann.runs.workdir import Workdir
from mann_config.errors import UserError
from mann_config.exporting import FORMATS

if keras.backend.backend() != "tensorflow":
    pytest.skip("Only TensorFlow exports models.", allow_module_level=True)

MODEL = "characters_5way"


def is_refused(message, *arguments, **options):
    with pytest.raises(UserError, match=message) as refused:
        export(*arguments, **options)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("model.pkl", {"format": "pickle"}, "pickle is not known: choose from onnx"),
        ("model.tflite", {"format": "onnx"}, "must end in .onnx"),
        ("model.onnx", {"shots": 2}, "--shots=2 .*give --ways"),
        ("model.onnx", {"ways": 6}, "--ways=6 is more than .* at most 5"),
        ("model.tflite", {"format": "litert", "ways": 5, "shots": 1}, "fix them by --ways"),
    ],
)
def test_options_that_do_not_fit(output, options, message, tmp_path):
    is_refused(message, MODEL, tmp_path / output, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("there", "output", "format"),
    [
        ("model.onnx", "model.onnx", "onnx"),
        ("model", "model", "tf_saved_model"),
        ("model.bin", "model.xml", "openvino"),
    ],
)
def test_what_is_there_stays(there, output, format, tmp_path):
    (tmp_path / there).write_text("mine")
    is_refused("exists and is left as it is", MODEL, tmp_path / output, format)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(("format", "suffix"), [("onnx", ".onnx"), ("openvino", ".xml")])
def test_a_missing_package_is_named(format, suffix, monkeypatch, tmp_path):
    package = FORMATS[format].writer
    monkeypatch.setitem(sys.modules, package, None)
    is_refused(
        rf"needs {package}, .*mann-keras\[export\]", MODEL, tmp_path / f"model{suffix}", format
    )


def test_a_backend_that_cannot_export(monkeypatch, tmp_path):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    message = "KERAS_BACKEND=jax: set KERAS_BACKEND=tensorflow"
    is_refused(message, MODEL, tmp_path / "model", "tf_saved_model")


def test_a_run_without_a_model(tmp_path):
    unpack(MODEL, tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    is_refused("train it first", tmp_path / "run", tmp_path / "model.onnx")
    is_refused("neither the workdir", tmp_path / "nothing", tmp_path / "model.onnx")


def test_a_run_of_another_task(tmp_path):
    write_json(Workdir(tmp_path / "run").config, copy.get_config().to_dict())
    is_refused("trained on copy, not on few-shot", tmp_path / "run", tmp_path / "model.onnx")


def test_gradients_need_a_saved_model(run_of, tmp_path):
    message = "gradients .* only --format=tf_saved_model can"
    is_refused(message, run_of("maml"), tmp_path / "model.tflite", "litert", ways=3)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda *_: lambda support, labels, queries: np.ones(1), "changes the answers"),
        (lambda *_: 1 / 0, "cannot run it .ZeroDivisionError"),
    ],
)
def test_a_file_that_answers_otherwise_is_not_left(load, message, monkeypatch, tmp_path):
    monkeypatch.setattr(runtimes, "load", load)
    is_refused(message, MODEL, tmp_path / "model", "tf_saved_model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["file", "folder"])
def test_what_appears_during_an_export_stays(there, monkeypatch, tmp_path):
    load, model = runtimes.load, tmp_path / "model"

    def appear(*arguments):
        model.write_text("mine") if there == "file" else model.mkdir()
        return load(*arguments)

    # It is run just before it gets its name.
    monkeypatch.setattr(runtimes, "load", appear)
    is_refused("model exists and is left as it is", MODEL, model, "tf_saved_model")
    assert list(tmp_path.iterdir()) == [model]
    assert model.read_text() == "mine" if there == "file" else not list(model.iterdir())


def test_the_command(command, tmp_path):
    flags = ("--format=tf_saved_model", f"--output={tmp_path}/model", f"--pretrained={MODEL}")
    out, error = (process := command("export", *flags)).communicate(timeout=180)
    assert process.returncode == 0, error
    assert re.search(r"model: [\d,]+ bytes \([\d.]+ MiB\)", out)
    assert re.search(r"in +support_images +float32 +\(support, 14, 14\)", out)
    assert re.search(r"out +probabilities +float32 +\(queries, ways\)", out)
    assert re.search(r"by tensorflow, .* differ .* by at most \d\.\de-\d\d", out)
    out, error = (process := command("export", *flags)).communicate(timeout=180)
    assert process.returncode == 2 and not out
    assert re.search("^Error: --output: .*exists", error) and "Traceback" not in error


def test_what_was_not_run_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    pytest.importorskip("tf2onnx")
    exported = export(MODEL, tmp_path / "model.onnx")
    assert exported.difference is None and exported.path.exists()
