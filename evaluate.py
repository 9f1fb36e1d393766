"""Measures a trained model on examples that it never saw in training.

python evaluate.py --workdir=runs/omniglot --episodes=1000 --protocol=instance,nway
python evaluate.py --workdir=runs/prototypical --ways=5,20 --shots=1,5
python evaluate.py --pretrained=omniglot_5way --protocol=instance,nway
python evaluate.py --workdir=runs/copy --lengths=10,20,40,80,120
"""

from absl import flags

from mann_config import command_line
from mann_config.errors import UserError
from mann_config.pretrained import check_pretrained

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run of train.py to measure.")
_PRETRAINED = flags.DEFINE_string(
    "pretrained",
    None,
    "Name of a pretrained model of this package, to measure instead of a run of your own. It is "
    "copied to --workdir, which defaults to runs/pretrained/<name>.",
)
_EPISODES = flags.DEFINE_integer(
    "episodes",
    1000,
    "How many test episodes to average over; on tasks with levels of difficulty, how many test "
    "sequences at each level.",
    lower_bound=2,
)
_SEED = flags.DEFINE_integer(
    "seed", 0, "Seed of the random choice of test episodes.", lower_bound=0
)
_OPTIONS = {
    "protocol": flags.DEFINE_list(
        "protocol",
        None,
        "Few-shot tasks: how to measure; one or more of instance (accuracy at the k-th drawing of "
        "a class in a sequence), nway (N-way K-shot episodes) and lake_runs (the one-shot runs of "
        "Lake et al.), with commas between them. Defaults to the protocol of the model's training.",
    ),
    "ways": command_line.define_levels(
        "ways", "Few-shot tasks: numbers of classes in an episode, such as 5,20."
    ),
    "shots": command_line.define_levels(
        "shots", "With --protocol=nway: numbers of support images of each class, such as 1,5."
    ),
    "queries": flags.DEFINE_integer(
        "queries",
        None,
        "With --protocol=nway: number of query images of each class. Defaults to 15.",
        lower_bound=1,
    ),
    "runs_zip": flags.DEFINE_string(
        "runs_zip",
        None,
        "With --protocol=lake_runs: path of all_runs.zip, or of the folder it was unpacked to.",
    ),
    "length": command_line.define_levels(
        "lengths",
        "Algorithmic tasks: lengths of test sequences. Tasks on graphs: lengths of paths.",
    ),
    "repeats": command_line.define_levels("repeats", "Task repeat_copy: numbers of repeats."),
    "items": command_line.define_levels(
        "items", "Tasks of recalling or sorting items: numbers of items in a test sequence."
    ),
    "depth": command_line.define_levels(
        "depths", "Task parentheses: depths to which brackets are nested."
    ),
    "size": command_line.define_levels(
        "sizes", "Tasks on graphs: numbers of nodes, or of people in a family."
    ),
}
_MEMORY_SIZE = flags.DEFINE_integer(
    "memory_size",
    None,
    "Number of slots of the memory. Defaults to the number in training.",
    lower_bound=1,
)
_PICTURES = flags.DEFINE_boolean(
    "pictures", True, "Whether to draw pictures of the results, into the folder of the run."
)


def main():
    workdir = _WORKDIR.value
    if _PRETRAINED.value is not None:
        check_pretrained(_PRETRAINED.value)
        workdir = workdir or f"runs/pretrained/{_PRETRAINED.value}"
        command_line.import_with_framework("mann.pretrained").unpack(_PRETRAINED.value, workdir)
    if workdir is None:
        raise UserError(
            "Give --workdir, the folder of a run of train.py, or --pretrained, the name of a model "
            "of this package."
        )
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
