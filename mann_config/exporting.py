"""The formats that trained models are exported to, and the checks that need no framework."""

import pathlib
from typing import NamedTuple

from mann_config import extras
from mann_config.errors import UserError


class Format(NamedTuple):
    """What a format needs: the names of modules."""

    suffix: str  # of the file; none for a folder
    writer: str  # the module that writes it; none where TensorFlow writes it
    runtime: str  # the module that runs it
    loops: bool  # whether it can hold the loop of a recurrent network over any number of steps


FORMATS = {
    "onnx": Format(".onnx", "tf2onnx", "onnxruntime", True),
    "tf_saved_model": Format("", "", "tensorflow", True),
    "litert": Format(".tflite", "", "ai_edge_litert", False),
    "openvino": Format(".xml", "openvino", "openvino", False),
}


def check_export(output, format, ways, shots):
    """Checks what can be known of an export before a framework is imported.

    Args:
        output: path to write to.
        format: one of `FORMATS`.
        ways: number of classes, or `None` for any.
        shots: number of support images of each class, or `None` for any.

    Raises:
        UserError: if there is no such format, its package is missing, the path exists or has
            another suffix, or there are shots without ways.
    """
    if format not in FORMATS:
        raise UserError(f"--format={format} is not known: choose from {', '.join(FORMATS)}.")
    suffix, writer, *_ = FORMATS[format]
    path = pathlib.Path(output)
    if path.suffix != suffix and suffix:
        raise UserError(f"--output={output} must end in {suffix} for --format={format}.")
    for file in (path, path.with_suffix(".bin")) if format == "openvino" else (path,):
        if file.exists():
            raise taken_error(file)
    if writer:
        extras.require([writer], "export", f"--format={format}")
    if shots and not ways:
        raise UserError(
            f"--shots={shots} is the number of support images of each class: give --ways, the "
            "number of classes, as well."
        )


def taken_error(path):
    """Returns the UserError for a path that is there already, perhaps since another export."""
    return UserError(
        f"--output: {path} exists and is left as it is: choose another name, or remove it."
    )
