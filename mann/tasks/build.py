"""Builds the task of an experiment from its config, by the table of all tasks."""

import episodes
from mann.tasks import algorithmic, chomsky, few_shot, functions, graphs, questions, text
from mann.tasks.base import Task
from mann.tasks.few_shot_data import SPLIT_BUILDERS
from mann_config.errors import UserError
from mann_config.plugins import check_arguments, import_named, is_import_path

TASK_BUILDERS = {
    **dict.fromkeys(SPLIT_BUILDERS, few_shot.build),
    **dict.fromkeys(algorithmic.TASKS, algorithmic.build),
    **dict.fromkeys(chomsky.TASKS, chomsky.build),
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
        if is_import_path(config.task.name):
            return _build_imported(config, test_seed)
        return TASK_BUILDERS[config.task.name](config, test_seed)
    except (ValueError, episodes.DataError) as error:
        raise UserError(f"--config.task: {error}") from error


def _build_imported(config, test_seed):
    """Returns the task of a class that is imported, or the one that a function returns."""
    where = "--config.task.name"
    build = import_named(config.task.name, where)
    if isinstance(build, type) and issubclass(build, episodes.algorithmic.AlgorithmicTask):
        return algorithmic.build_imported(build, config, test_seed)
    # Other classes are not tasks, whatever calling them would do.
    is_class = isinstance(build, type) and not issubclass(build, Task)
    task = build
    if callable(build) and not is_class:
        check_arguments(build, f"{where}={config.task.name}", config, test_seed)
        task = build(config, test_seed)
    if not isinstance(task, Task):
        raise UserError(
            f"{where}={config.task.name} must be a class of episodes.algorithmic.AlgorithmicTask, "
            "or a function (config, test_seed) that returns a mann.Task. Received: "
            f"{'another class' if is_class else type(task).__name__}."
        )
    return task
