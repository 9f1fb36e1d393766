"""Measures a trained model on examples that training never saw.

mann evaluate --workdir=runs/omniglot --episodes=1000 --protocol=instance,nway
mann evaluate --workdir=runs/prototypical --ways=5,20 --shots=1,5
mann evaluate --pretrained=omniglot_5way --protocol=instance,nway
mann evaluate --pretrained=omniglot_20way --protocol=manyway,stream
mann evaluate --workdir=runs/copy --lengths=10,20,40,80,120
"""

from absl import flags

from mann_config import command_line
from mann_config.errors import UserError
from mann_config.measuring import MeasuringFlags
from mann_config.pretrained import check_pretrained

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run of mann train to measure.")
_PRETRAINED = flags.DEFINE_string(
    "pretrained",
    None,
    "Name of a pretrained model of this package, to measure instead of a run of your own. It is "
    "copied to --workdir, which defaults to runs/pretrained/<name>.",
)
_MEASURING = MeasuringFlags()


def main():
    workdir = _WORKDIR.value
    if _PRETRAINED.value is not None:
        check_pretrained(_PRETRAINED.value)
        workdir = workdir or f"runs/pretrained/{_PRETRAINED.value}"
        command_line.import_with_framework("mann.pretrained").unpack(_PRETRAINED.value, workdir)
    if workdir is None:
        raise UserError(
            "Give --workdir, the folder of a run of mann train, or --pretrained, the name of a "
            "model of this package."
        )
    how = _MEASURING.get()
    command_line.check_run(workdir, how["memory_size"], how["options"])
    command_line.import_with_framework("mann.training").evaluate(workdir, **how)
