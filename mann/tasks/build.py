"""Builds the task of an experiment from its config."""

import episodes
from mann.models.few_shot import EPISODIC_BUILDERS
from mann.tasks import algorithmic, few_shot, graphs
from mann.tasks.functions import FunctionTask
from mann.tasks.questions import SentenceTask, WordTask
from mann.tasks.text import TextTask
from mann_config.errors import UserError

SPLIT_BUILDERS = {"characters": few_shot.characters, "omniglot": few_shot.omniglot}


def build_task(config, test_seed=0):
    """Returns the `Task` of an experiment.

    Args:
        config: an experiment's config, with all fields of its task.
        test_seed: of the test examples, the same for every run unless asked otherwise.

    Raises:
        UserError: if the config asks for more than the data holds, or the data cannot be had.
    """
    task, seed = config.task, config.seed
    try:
        if task.name in SPLIT_BUILDERS:
            splits = SPLIT_BUILDERS[task.name](task, seed)
            episodic = config.model.name in EPISODIC_BUILDERS
            kind = few_shot.EpisodeTask if episodic else few_shot.SequenceTask
            return kind(splits, task, seed, test_seed)
        if task.name == "functions":
            return FunctionTask(task, seed, test_seed)
        if task.name == "babi":
            kind = SentenceTask if config.model.name == "memory_network" else WordTask
            return kind(task, seed, test_seed)
        if task.name == "text":
            return TextTask(task, seed, config.train.batch_size)
        if task.name in graphs.TASK_BUILDERS:
            return graphs.GraphExperiment(task, seed, test_seed)
        return algorithmic.AlgorithmicExperiment(task, seed, test_seed)
    except (ValueError, episodes.DataError) as error:
        raise UserError(f"--config.task: {error}") from error
