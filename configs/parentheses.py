"""The NTM on balanced parentheses of several kinds."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("parentheses", axis="length")

    task = config.task
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

    config.train.steps = 5000
    return config
