"""The options of measuring a model: flags of mann evaluate, and of `mann sweep --evaluate`."""

import shlex

from absl import flags

from mann_config.command_line import define_levels
from mann_config.errors import UserError
from mann_config.fields import FEW_SHOT_TASKS, get_fields

# Flags defined here belong to the command that calls these functions; its --help lists them.
flags.disclaim_key_flags()

_LEVELS = "task.test_levels."


class MeasuringFlags:
    """The flags of how to measure a model.

    Args:
        flag_values: the `FlagValues` to define them in. Defaults to `flags.FLAGS`, those of the
            command.
    """

    def __init__(self, flag_values=flags.FLAGS):
        self._episodes = flags.DEFINE_integer(
            "episodes",
            1000,
            "How many test episodes to average over; on tasks with levels of difficulty, how many "
            "test sequences at each level.",
            lower_bound=2,
            flag_values=flag_values,
        )
        self._seed = flags.DEFINE_integer(
            "seed",
            0,
            "Seed of the random choice of test episodes.",
            lower_bound=0,
            flag_values=flag_values,
        )
        self._options = _define_options(flag_values)
        self._memory_size = flags.DEFINE_integer(
            "memory_size",
            None,
            "Number of slots of the memory. Defaults to the number in training.",
            lower_bound=1,
            flag_values=flag_values,
        )
        self._addressing = flags.DEFINE_enum(
            "addressing",
            None,
            ["soft", "hard"],
            "How the heads address the memory: with soft weights over all slots, or hard ones, on "
            "one slot each. Defaults to the way of training.",
            flag_values=flag_values,
        )
        self._pictures = flags.DEFINE_boolean(
            "pictures",
            True,
            "Whether to draw pictures of the results, into the folder of the run.",
            flag_values=flag_values,
        )

    def get(self):
        """Returns a dict of the arguments of `mann.training.evaluate` besides the workdir."""
        given = {name: flag.value for name, flag in self._options.items()}
        return {
            "episodes": self._episodes.value,
            "seed": self._seed.value,
            "options": {name: value for name, value in given.items() if value is not None},
            "memory_size": self._memory_size.value,
            "addressing": self._addressing.value,
            "pictures": self._pictures.value,
        }


def _define_options(flag_values):
    """Defines the flags of the options of `Task.evaluate`; returns their holders by name."""

    def levels(name, help_text):
        return define_levels(name, help_text, flag_values)

    return {
        "protocol": flags.DEFINE_list(
            "protocol",
            None,
            "Few-shot tasks: how to measure; one or more of instance (accuracy at the k-th drawing "
            "of a class in a sequence), nway (N-way K-shot episodes), manyway (all test classes at "
            "once, by the features of the model's encoder), stream (all drawings of the test "
            "classes in one sequence, with one memory of these features), "
            "within_alphabet (one-shot runs within each evaluation alphabet of Omniglot) and "
            "lake_runs (the official ones of Lake et al.), with commas between them. Defaults to "
            "the protocol of the model's training.",
            flag_values=flag_values,
        ),
        "ways": levels(
            "ways",
            "Few-shot tasks: numbers of classes in an episode, such as 5,20. With "
            "--protocol=manyway or stream, defaults to all test classes.",
        ),
        "shots": levels(
            "shots",
            "With --protocol=nway or manyway: numbers of support images of each class, such as "
            "1,5.",
        ),
        "queries": flags.DEFINE_integer(
            "queries",
            None,
            "With --protocol=nway or manyway: number of query images of each class. Defaults to "
            "15.",
            lower_bound=1,
            flag_values=flag_values,
        ),
        "draws": flags.DEFINE_integer(
            "draws",
            None,
            "With --protocol=manyway, stream or within_alphabet: number of random choices of the "
            "support, of the order of the stream, or of a run of each alphabet, to average over. "
            "Defaults to 20.",
            lower_bound=1,
            flag_values=flag_values,
        ),
        "views": flags.DEFINE_integer(
            "views",
            None,
            "With --protocol=nway, within_alphabet or lake_runs: number of views of each image, "
            "turned and shifted a little, to average the answers over. Defaults to 1, the image as "
            "it is.",
            lower_bound=1,
            flag_values=flag_values,
        ),
        "runs_zip": flags.DEFINE_string(
            "runs_zip",
            None,
            "With --protocol=lake_runs: path of all_runs.zip, or of the folder it was unpacked to.",
            flag_values=flag_values,
        ),
        "length": levels(
            "lengths",
            "Algorithmic tasks: lengths of test sequences, such as 10,20 or 41..500. Tasks on "
            "graphs: lengths of paths.",
        ),
        "repeats": levels("repeats", "Task repeat_copy: numbers of repeats."),
        "items": levels(
            "items", "Tasks of recalling or sorting items: numbers of items in a test sequence."
        ),
        "depth": levels("depths", "Task parentheses: depths to which brackets are nested."),
        "size": levels("sizes", "Tasks on graphs: numbers of nodes, or of people in a family."),
    }


def parse_measuring(text, where):
    """Returns the arguments of `mann.training.evaluate` that options of mann evaluate ask for.

    Args:
        text: options as on a command line, such as `"--lengths=20,40 --episodes=100"`.
        where: text that error messages put before what is wrong, such as `"--evaluate"`.

    Raises:
        UserError: if one of them is not an option of mann evaluate for a run, or has a wrong value.

    Example:

    >>> parse_measuring("--lengths=40,20 --nopictures", "--evaluate")["options"]
    {'length': [20, 40]}
    """
    values = flags.FlagValues()
    measuring = MeasuringFlags(values)
    try:
        rest = values(["mann evaluate", *shlex.split(text)])
    # shlex.split raises a ValueError on a quotation mark that is not closed.
    except (flags.Error, ValueError) as error:
        raise UserError(f"{where}: {error} (mann evaluate --help lists the options).") from error
    if len(rest) > 1:
        raise UserError(
            f"{where}: unexpected argument {rest[1]!r}: options are written --name=value."
        )
    return measuring.get()


def list_options(config):
    """Returns the names of the options that `Task.evaluate` takes for the task of a config.

    Args:
        config: as `get_fields` takes it.

    Example:

    >>> list_options("copy"), list_options("graph_traversal"), list_options("text")
    (('length',), ('size', 'length'), ())
    """
    task = config if isinstance(config, str) else config["task"]["name"]
    if task in FEW_SHOT_TASKS:
        return ("protocol", "ways", "shots", "queries", "draws", "views", "runs_zip")
    names = get_fields(config)
    return tuple(name.removeprefix(_LEVELS) for name in names if name.startswith(_LEVELS))
