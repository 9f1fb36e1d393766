"""Trains a memory-augmented network on few-shot episodes; run again, it resumes.

python train.py                                                      # no download, minutes on a CPU
python train.py --config=configs/omniglot.py --workdir=runs/omniglot
python train.py --config=configs/omniglot.py --workdir=runs/lstm --config.model.name=lstm
"""

from absl import flags
from ml_collections import config_flags

from mann.experiment import command_line

_CONFIG = config_flags.DEFINE_config_file(
    "config",
    command_line.here(__file__, "configs/characters.py"),
    "The experiment. Any field of it can be set: --config.train.steps=1000.",
)
_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder for everything the run writes. Defaults to runs/<name of the config>."
)


def main():
    from mann import experiment

    config = _CONFIG.value
    experiment.train_and_evaluate(config, _WORKDIR.value or f"runs/{config.name}")


if __name__ == "__main__":
    command_line.run(main)
