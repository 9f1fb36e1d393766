"""The NTM on associative recall, at the paper's sizes."""

from ml_collections import config_dict

from configs import copy


def get_config():
    config = copy.get_config()
    config.name = "associative_recall"

    curriculum = config.task.curriculum
    config.task = task = config_dict.ConfigDict()
    task.name = "associative_recall"
    # Size of a vector, and vectors of an item.
    task.bits = 6
    task.item_length = 3
    # Fewest and most items to train on.
    task.items = (2, 6)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (4, 6, 8, 10, 12, 15, 20)})
    # As configs/copy.py explains.
    task.curriculum = curriculum

    config.train.steps = 5000
    return config
