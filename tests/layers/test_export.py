"""Memories exported, and run in a process that does not import this package."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from memories import BACKEND, make, sequences

# The formats that each backend of Keras exports, and the packages and versions that they need.
FORMATS = {
    "tensorflow": {
        "tf_saved_model": {},
        "onnx": {"tf2onnx": None, "onnxruntime": None},
        "litert": {"keras": "3.13"},
    },
    "jax": {"tf_saved_model": {"tensorflow": None}},
    "torch": {"onnx": {"onnxruntime": None}},
}
SUFFIXES = {"tf_saved_model": "", "onnx": ".onnx", "litert": ".tflite"}

# A folder, a suffix, and the names of models; each reads NAME.npy and writes NAME_outputs.npy.
RUN = """
import sys
import numpy as np

def run(path, x):
    if suffix == ".onnx":
        import onnxruntime
        session = onnxruntime.InferenceSession(path)
        return session.run(None, {session.get_inputs()[0].name: x})[0]
    import tensorflow as tf
    if suffix == "":
        loaded = tf.saved_model.load(path)
        return loaded.serve(x)
    interpreter = tf.lite.Interpreter(path)
    [given], [made] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(made["index"])

folder, suffix, *names = sys.argv[1:]
for name in names:
    outputs = run(f"{folder}/{name}{suffix}", np.load(f"{folder}/{name}.npy"))
    np.save(f"{folder}/{name}_outputs.npy", outputs)
assert "mann" not in sys.modules
"""


def models(format):
    kwargs = {"return_sequences": True}
    if format == "litert":
        # A loop, and the roll of an NTM, need operations that this interpreter leaves out.
        kwargs["unroll"] = True
    else:
        yield "ntm_heads", make("ntm_heads", **kwargs)
    for name in ("lrua_input", "dnc_refined", "sam"):
        yield name, make(name, **kwargs)
    # Other formats have no operation that solves a triangular system.
    yield "fast", make("fast", **{**kwargs, "unroll": format != "tf_saved_model"})
    # onnxruntime cannot read the reversal that Keras makes in a loop on PyTorch.
    backwards = {**kwargs, "unroll": True} if BACKEND == "torch" else kwargs
    yield "bidirectional", keras.layers.Bidirectional(make("lrua", **backwards))


@pytest.mark.parametrize("format", FORMATS[BACKEND])
def test_an_exported_model_computes_the_same_elsewhere(format, tmp_path):
    for needed, version in FORMATS[BACKEND][format].items():
        pytest.importorskip(needed, version)
    wanted = {}
    for name, layer in models(format):
        # Only a SavedModel takes sequences of any length.
        length = None if format == "tf_saved_model" else 4
        model = keras.Sequential([keras.Input((length, 3)), layer])
        x = sequences(2, 4, 3)
        wanted[name] = keras.ops.convert_to_numpy(model(x))
        path = tmp_path / f"{name}{SUFFIXES[format]}"
        model.export(path, format=format, verbose=False)
        np.save(tmp_path / f"{name}.npy", x)
    done = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path, SUFFIXES[format], *wanted],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for name, want in wanted.items():
        got = np.load(tmp_path / f"{name}_outputs.npy")
        np.testing.assert_allclose(got, want, atol=1e-4, err_msg=name)
