"""Whether a model was trained on few-shot episodes."""

from mann_config.errors import UserError
from mann_config.fields import FEW_SHOT_TASKS
from mann_config.pretrained import few_shot_names

_FIELDS = {"ways", "labels", "image_size"}


def check_few_shot(task, path):
    """Raises UserError unless a model was trained on few-shot episodes, as its config says.

    Args:
        task: the `task` part of its config; a task that is imported is known by its fields.
        path: path of its folder, for the message.
    """
    if not set(task) >= _FIELDS:
        raise UserError(
            f"The model of {path} was trained on {task['name']}, not on few-shot episodes: give a "
            f"run of {', '.join(FEW_SHOT_TASKS)}, or a pretrained model: "
            f"{', '.join(few_shot_names())}."
        )
