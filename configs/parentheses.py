"""The NTM on balanced parentheses of several kinds."""

from ml_collections import config_dict

from configs import copy


def get_config():
    config = copy.get_config()
    config.name = "parentheses"

    curriculum = config.task.curriculum
    config.task = task = config_dict.ConfigDict()
    task.name = "parentheses"
    # Kinds of brackets.
    task.kinds = 3
    # Shortest and longest string to train on.
    task.length = (2, 32)
    # Depths that such strings have; strings of any depth are trained on.
    task.depth = (1, 16)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict(
        {"length": (16, 32, 64, 128), "depth": (2, 4, 8, 16, 24)}
    )
    # As configs/copy.py explains.
    task.curriculum = curriculum

    config.train.steps = 5000
    return config
