"""The algorithmic tasks: the fields that their configs share."""

from ml_collections import config_dict

from mann_config.bases import experiment


def get_config(name, axis):
    """Returns the config of a task, without the task's own fields and `train.steps`.

    Args:
        name: name of the task.
        axis: axis of difficulty along which a curriculum raises the level.
    """
    config = experiment.get_config(name)

    config.task.curriculum = curriculum = config_dict.ConfigDict()
    # uniform (all levels from the first step on), doubling or look_back.
    curriculum.name = "uniform"
    curriculum.axis = axis
    # doubling and look_back: the highest level at first; the fraction of wrong bits below which it
    # rises; steps between two checks of that fraction.
    curriculum.start = 5
    curriculum.threshold = 0.01
    curriculum.every = 50

    config.model.name = "ntm"

    # Steps stay small once the gradients are, so that a large one undoes less of what was learned.
    config.train.amsgrad = True
    # The norm is 0.1 to 0.2 until the task is learned; a rare gradient of 100 would undo it.
    config.train.clip_norm = 0.3
    return config
