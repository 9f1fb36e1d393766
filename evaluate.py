"""Measures a trained model on what it never saw.

python evaluate.py --workdir=runs/omniglot --episodes=1000 --protocol=instance,nway
python evaluate.py --workdir=runs/prototypical --ways=5,20 --shots=1,5
python evaluate.py --pretrained=omniglot_5way --protocol=instance,nway
python evaluate.py --workdir=runs/copy --lengths=10,20,40,80,120
"""

from absl import flags

from mann_config import command_line
from mann_config.errors import UserError
from mann_config.pretrained import check_pretrained

_WORKDIR = flags.DEFINE_string("workdir", None, "The folder that train.py wrote.")
_PRETRAINED = flags.DEFINE_string(
    "pretrained",
    None,
    "A model that comes with this package, instead: it is copied to --workdir, which defaults to "
    "runs/pretrained/<its name>.",
)
_EPISODES = flags.DEFINE_integer(
    "episodes", 1000, "Test episodes to average over, or sequences at each level.", lower_bound=2
)
_SEED = flags.DEFINE_integer("seed", 0, "Which test episodes are drawn.", lower_bound=0)
_OPTIONS = {
    "protocol": flags.DEFINE_list(
        "protocol",
        None,
        "Few-shot: how to measure, one or more of instance (the k-th drawing of a class in a "
        "sequence), nway (N-way K-shot) and lake_runs. Defaults to what the model was trained on.",
    ),
    "ways": command_line.define_levels("ways", "Few-shot: classes of an episode."),
    "shots": command_line.define_levels("shots", "nway: support images of each class."),
    "queries": flags.DEFINE_integer(
        "queries", None, "nway: query images of each class. Defaults to 15.", lower_bound=1
    ),
    "runs_zip": flags.DEFINE_string(
        "runs_zip", None, "lake_runs: path of all_runs.zip, or of the folder it was unpacked to."
    ),
    **{
        axis: command_line.define_levels(name, f"Algorithmic tasks: levels of {axis} to measure.")
        for axis, name in (
            ("length", "lengths"),
            ("repeats", "repeats"),
            ("items", "items"),
            ("depth", "depths"),
        )
    },
    "size": command_line.define_levels("sizes", "Graphs: nodes or people to measure."),
}
_MEMORY_SIZE = flags.DEFINE_integer(
    "memory_size", None, "Slots of the memory, if not as many as in training.", lower_bound=1
)
_PICTURES = flags.DEFINE_boolean("pictures", True, "Whether to draw pictures.")


def main():
    workdir = _WORKDIR.value
    if _PRETRAINED.value is not None:
        check_pretrained(_PRETRAINED.value)
        workdir = workdir or f"runs/pretrained/{_PRETRAINED.value}"
        command_line.import_with_framework("mann.pretrained").unpack(_PRETRAINED.value, workdir)
    if workdir is None:
        raise UserError("Give --workdir, the folder that train.py wrote, or --pretrained.")
    options = {name: flag.value for name, flag in _OPTIONS.items() if flag.value is not None}
    command_line.check_run(workdir, _MEMORY_SIZE.value, options)
    command_line.import_with_framework("mann.training").evaluate(
        workdir,
        episodes=_EPISODES.value,
        seed=_SEED.value,
        options=options,
        memory_size=_MEMORY_SIZE.value,
        pictures=_PICTURES.value,
    )


if __name__ == "__main__":
    command_line.run(main)
