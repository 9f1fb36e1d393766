"""Exports a few-shot model: ONNX, SavedModel, LiteRT, OpenVINO.

mann export --workdir=runs/matching --output=matching.onnx
mann export --pretrained=omniglot_5way --format=tf_saved_model --output=omniglot
mann export --pretrained=omniglot_5way --format=litert --ways=5 --shots=1 --queries=1 \\
    --output=omniglot.tflite
"""

import pathlib

from absl import flags, logging

from mann_config import command_line
from mann_config.check import read_config
from mann_config.errors import UserError
from mann_config.exporting import FORMATS, check_export
from mann_config.few_shot import check_few_shot
from mann_config.pretrained import PRETRAINED, check_pretrained

_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder of the run of mann train whose model is exported."
)
_PRETRAINED = flags.DEFINE_string(
    "pretrained", None, "Name of a pretrained model of this package, instead of a run of your own."
)
_FORMAT = flags.DEFINE_enum("format", "onnx", list(FORMATS), "Format to write.")
_OUTPUT = flags.DEFINE_string(
    "output",
    None,
    "Path to write to, which must not exist: a file, or with --format=tf_saved_model a folder.",
)
_WAYS = flags.DEFINE_integer(
    "ways", None, "Fixes the number of classes. Defaults to any number.", lower_bound=1
)
_SHOTS = flags.DEFINE_integer(
    "shots",
    None,
    "Fixes the number of support images, as that of each class. Defaults to any number.",
    lower_bound=1,
)
_QUERIES = flags.DEFINE_integer(
    "queries",
    None,
    "Fixes the number of query images of one call. Defaults to any number.",
    lower_bound=1,
)


def main():
    if (_WORKDIR.value is None) == (_PRETRAINED.value is None):
        raise UserError(
            "Give --workdir, the folder of a run of mann train, or --pretrained, the name of a "
            "model of this package: one of the two."
        )
    if not _OUTPUT.value:
        raise UserError(
            f"Give --output, the path to write to, such as model{FORMATS[_FORMAT.value].suffix}."
        )
    check_export(_OUTPUT.value, _FORMAT.value, _WAYS.value, _SHOTS.value)
    # A folder may have the name of a pretrained model.
    folder = pathlib.Path(_WORKDIR.value or "").resolve()
    if _PRETRAINED.value is not None:
        check_pretrained(_PRETRAINED.value)
        folder = PRETRAINED / _PRETRAINED.value
    check_few_shot(read_config(folder / "config.json")["task"], folder)
    command_line.check_run(folder)
    # The converters report at length on each operation.
    logging.set_verbosity(logging.WARNING)
    exporting = command_line.import_with_framework("mann.export")
    exported = exporting.export(
        _PRETRAINED.value or str(folder),
        _OUTPUT.value,
        _FORMAT.value,
        ways=_WAYS.value,
        shots=_SHOTS.value,
        queries=_QUERIES.value,
    )
    print("\n".join(exporting.describe(exported)))
