"""The NTM on sorting binary numbers."""

from ml_collections import config_dict

from configs import copy


def get_config():
    config = copy.get_config()
    config.name = "sort"

    curriculum = config.task.curriculum
    config.task = task = config_dict.ConfigDict()
    task.name = "sort"
    # Size of a number.
    task.bits = 6
    # Fewest and most numbers to train on.
    task.items = (1, 20)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (5, 10, 20, 30, 40)})
    # As configs/copy.py explains.
    task.curriculum = curriculum

    config.train.steps = 5000
    return config
