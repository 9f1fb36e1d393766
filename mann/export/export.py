"""Exports a trained few-shot model, and compares the written file with it."""

import pathlib
import tempfile
import textwrap
import warnings
from typing import NamedTuple

import keras
import numpy as np

from episodes.files import ASIDE, move_without_replacing
from episodes.wording import count
from mann.export import runtimes
from mann.export.graphs import make_graph
from mann.export.naming import name_parts
from mann.models.predictors import AdaptingPredictor
from mann.models.sequence_predictor import SequencePredictor
from mann.pretrained import load_predictor
from mann_config.errors import UserError
from mann_config.exporting import FORMATS, check_export, taken_error
from mann_config.extras import explain_install, is_installed

# The most that a probability may differ: far above what rounding makes of it.
_TOLERANCE = 1e-3
# Ways, shots and queries that a file is tried with, where its numbers are not fixed.
_TRIED = (5, 1, 1), (3, 2, 4)


class Array(NamedTuple):
    """An input or output of an exported model; an axis of any length has a name for its length."""

    name: str
    dtype: str
    shape: tuple


class Exported(NamedTuple):
    """What was written."""

    path: pathlib.Path
    format: str
    num_bytes: int
    inputs: list
    output: Array
    most_ways: int | None  # most classes that the model can tell apart; None for any number
    difference: float | None  # largest, of a probability from that of Keras; None if not run


def export(model, output, format="onnx", ways=None, shots=None, queries=None):
    """Writes a trained few-shot model in a format that runs without Keras.

    The written model takes support images, their labels and query images, and answers with the
    probability of each class for each query. Where the runtime of the format is installed, it is
    compared with the Keras model before it gets its name: a file that computes something else is
    not left behind.

    Args:
        model: name of a pretrained model, or path of the workdir of a run.
        output: path to write to, which must not exist.
        format: `"onnx"`, `"tf_saved_model"`, `"litert"` or `"openvino"`. Defaults to `"onnx"`.
        ways: number of classes. Defaults to `None`: any.
        shots: number of support images of each class. Defaults to `None`: any.
        queries: number of query images. Defaults to `None`: any.

    Returns:
        `Exported`.

    Raises:
        UserError: if the arguments do not fit each other or the model, a package is missing, the
            model is not a trained few-shot model, or it cannot be exported to this format.

    Example:

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> exported = export("characters_5way", os.path.join(folder, "model"), "tf_saved_model")
    >>> exported.output.shape, exported.difference < 1e-4
    (('queries', 'ways'), True)
    """
    check_export(output, format, ways, shots)
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UserError(
            f"Models are exported by TensorFlow, not by KERAS_BACKEND={backend}: set "
            "KERAS_BACKEND=tensorflow, which loads the same models."
        )
    predictor, form = load_predictor(model)
    _check_model(predictor, format, (ways, shots, queries))
    support = ways * shots if shots else "support"
    inputs = [
        Array("support_images", "float32", (support, *form.shape)),
        Array("support_labels", "int32", (support,)),
        Array("query_images", "float32", (queries or "queries", *form.shape)),
    ]
    answer = Array("probabilities", "float32", (queries or "queries", ways or "ways"))
    graph = make_graph(predictor, ways, unroll=not FORMATS[format].loops)
    path = pathlib.Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=ASIDE, dir=path.parent) as folder:
        aside = pathlib.Path(folder, path.name)
        _write(graph, aside, format, inputs, answer)
        difference = _compare(predictor, aside, format, form.shape, (ways, shots, queries))
        files = [file for file in aside.parent.rglob("*") if file.is_file()]
        num_bytes = sum(file.stat().st_size for file in files)
        try:
            move_without_replacing(sorted(aside.parent.iterdir()), path.parent)
        except FileExistsError as error:
            raise taken_error(error.filename) from None
    return Exported(path, format, num_bytes, inputs, answer, predictor.most_ways, difference)


def _check_model(predictor, format, numbers):
    ways, _, _ = numbers
    if ways and predictor.most_ways and ways > predictor.most_ways:
        raise UserError(
            f"--ways={ways} is more than this model can tell apart: at most {predictor.most_ways}."
        )
    if isinstance(predictor, AdaptingPredictor) and format != "tf_saved_model":
        raise UserError(
            f"--format={format} cannot hold the gradients by which MAML learns a support set: only "
            "--format=tf_saved_model can."
        )
    loops = FORMATS[format].loops
    if isinstance(predictor, SequencePredictor) and not loops and None in numbers:
        raise UserError(
            f"--format={format} cannot hold a loop over any number of images, which this model "
            "reads one after the other: fix them by --ways, --shots and --queries."
        )


def _write(graph, path, format, inputs, output):
    signature = [
        keras.InputSpec(
            dtype=array.dtype,
            shape=tuple(size if isinstance(size, int) else None for size in array.shape),
            name=array.name,
        )
        for array in inputs
    ]
    try:
        with warnings.catch_warnings():
            # Of what a later NumPy will change in tf2onnx, and of a softmax over one class.
            warnings.simplefilter("ignore")
            # Keras exports only models that were called.
            graph(*map(_make_zeros, inputs))
            graph.export(str(path), format=format, verbose=False, input_signature=signature)
        name_parts(path, format, inputs, output)
    # Each converter has errors of its own for operations that it does not know.
    except Exception as error:
        raise _failure(format, "cannot hold this model", error) from error


def _make_zeros(array):
    return np.zeros([size if isinstance(size, int) else 1 for size in array.shape], array.dtype)


def _compare(predictor, path, format, image_shape, numbers):
    """Returns the largest difference of a probability, or `None` if there is nothing to run it."""
    if not is_installed(FORMATS[format].runtime):
        return None
    try:
        answer = runtimes.load(path, format)
        difference = max(
            _measure_difference(predictor, answer, image_shape, *sizes)
            for sizes in {
                tuple(fixed or free for fixed, free in zip(numbers, tried, strict=True))
                for tried in _TRIED
            }
        )
    except Exception as error:
        raise _failure(format, "was written, but its runtime cannot run it", error) from error
    if not difference < _TOLERANCE:
        raise UserError(
            f"--format={format} changes the answers of this model: a probability differs by "
            f"{difference:.2g}. Nothing was written: choose another --format."
        )
    return difference


def _measure_difference(predictor, answer, image_shape, ways, shots, queries):
    rng = np.random.default_rng(0)
    ways = min(ways, predictor.most_ways or ways)
    labels = rng.permutation(np.arange(ways, dtype=np.int32).repeat(shots))
    support, query = (
        rng.random((number, *image_shape), dtype=np.float32) for number in (len(labels), queries)
    )
    expected = np.exp(predictor.score(support[None], labels[None], query[None], ways)[0])
    return float(np.abs(answer(support, labels, query) - expected).max())


def _failure(format, what, error):
    reason = textwrap.shorten(" ".join(str(error).split()), 300, placeholder=" ...")
    return UserError(
        f"--format={format} {what} ({type(error).__name__}: {reason}). Nothing was left behind: "
        "choose another --format."
    )


def describe(exported):
    """Returns lines that tell a person what was written."""
    mebibytes = exported.num_bytes / 2**20
    lines = [f"Wrote {exported.path}: {exported.num_bytes:,} bytes ({mebibytes:.2f} MiB)"]
    for role, array in [*(("in", one) for one in exported.inputs), ("out", exported.output)]:
        shape = ", ".join(map(str, array.shape)) + ("," if len(array.shape) == 1 else "")
        lines.append(f"  {role:<4}{array.name:<16}{array.dtype:<9}({shape})")
    if exported.most_ways:
        lines.append(f"It tells at most {count(exported.most_ways, 'class')} apart.")
    module = FORMATS[exported.format].runtime
    if exported.difference is None:
        lines.append(
            f"Not compared with the Keras model, as {module} is not installed: "
            f"{explain_install('export')}; then export it again."
        )
    else:
        lines.append(
            f"Run by {module}, its probabilities differ from those of the Keras model by at most "
            f"{exported.difference:.1e}."
        )
    return lines
