"""Trains the model of a config, or resumes its training.

mann train                                                      # no download, minutes on a CPU
mann train --config=omniglot --workdir=runs/omniglot
mann train --config=omniglot --workdir=runs/lstm --config.model.name=lstm
mann train --config=copy --workdir=runs/copy         # an NTM, minutes on a CPU
KERAS_BACKEND=jax mann train --processes=2                      # a part of each batch in each

The same command resumes the run.
"""

from absl import flags

from mann_config import command_line, process_flags

_CONFIG = command_line.define_config()
_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder for all files of the run. Defaults to runs/<name of the config>."
)
process_flags.define_processes()


def main():
    config = _CONFIG.value
    together = process_flags.read_processes()
    command_line.check_config(_CONFIG, alone=together is None)
    process_flags.launch_processes()
    experiment = command_line.import_with_framework("mann.training")
    if together is not None:
        experiment.join(**together)
    experiment.train_and_evaluate(config, _WORKDIR.value or f"runs/{config.name}")
