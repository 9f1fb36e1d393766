"""The NTM on repeat copy, at the paper's sizes."""

from ml_collections import config_dict

from configs import copy


def get_config():
    config = copy.get_config()
    config.name = "repeat_copy"

    curriculum = config.task.curriculum
    config.task = task = config_dict.ConfigDict()
    task.name = "repeat_copy"
    # Size of a vector.
    task.bits = 8
    # Shortest and longest sequence to train on, in vectors, and how often it is to be repeated.
    task.length = (1, 10)
    task.repeats = (1, 10)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"length": (10, 20), "repeats": (10, 15, 20)})
    # As configs/copy.py explains.
    task.curriculum = curriculum

    config.train.steps = 4000
    return config
