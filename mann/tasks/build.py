"""Builds the task of an experiment from its config, by the table of all tasks."""

import episodes
from mann.tasks import algorithmic, few_shot, functions, graphs, questions, text
from mann.tasks.few_shot_data import SPLIT_BUILDERS
from mann_config.errors import UserError

TASK_BUILDERS = {
    **dict.fromkeys(SPLIT_BUILDERS, few_shot.build),
    **dict.fromkeys(algorithmic.TASKS, algorithmic.build),
    **dict.fromkeys(graphs.TASKS, graphs.build),
    "functions": functions.build,
    "babi": questions.build,
    "text": text.build,
}


def build_task(config, test_seed=0):
    """Returns the `Task` of an experiment.

    Args:
        config: an experiment's config, with all fields of its task.
        test_seed: seed of the test examples. Defaults to `0`, the same for every run.

    Raises:
        UserError: if the config needs more than the data holds, or the data cannot be read.
    """
    try:
        return TASK_BUILDERS[config.task.name](config, test_seed)
    except (ValueError, episodes.DataError) as error:
        raise UserError(f"--config.task: {error}") from error
