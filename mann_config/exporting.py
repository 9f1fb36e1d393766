"""The formats that trained models are exported to, and the checks that need no framework."""

import importlib.util
import pathlib
from typing import NamedTuple

from mann_config.errors import UserError


class Format(NamedTuple):
    """What a format needs: packages are pairs of a module and its name for pip."""

    suffix: str  # of the file; none for a folder
    writer: tuple  # the package that writes it, or () for those of this package
    runtime: tuple  # the package that runs it
    loops: bool  # whether it can hold the loop of a recurrent network over any number of steps


_OPENVINO = ("openvino", "openvino")
FORMATS = {
    "onnx": Format(".onnx", ("tf2onnx", "tf2onnx"), ("onnxruntime", "onnxruntime"), True),
    "tf_saved_model": Format("", (), ("tensorflow", "tensorflow"), True),
    "litert": Format(".tflite", (), ("ai_edge_litert", "ai-edge-litert"), False),
    "openvino": Format(".xml", _OPENVINO, _OPENVINO, False),
}


def is_installed(package):
    """Returns whether a package, as `Format` names it, is there; no package is there."""
    return not package or importlib.util.find_spec(package[0]) is not None


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
            raise UserError(
                f"--output: {file} exists and is left as it is: choose another name, or remove it."
            )
    if not is_installed(writer):
        raise UserError(
            f"--format={format} needs {writer[1]}, which is not installed: pip install "
            f'{writer[1]}, or pip install ".[export]" in the folder of this project.'
        )
    if shots and not ways:
        raise UserError(
            f"--shots={shots} is the number of support images of each class: give --ways, the "
            "number of classes, as well."
        )
