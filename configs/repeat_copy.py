"""The NTM on repeat copy, at the paper's sizes."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("repeat_copy", axis="repeats")

    task = config.task
    # Size of a vector.
    task.bits = 8
    # Shortest and longest sequence to train on, in vectors, and fewest and most repeats of it.
    task.length = (1, 10)
    task.repeats = (1, 10)
    # Chance that a sequence of training is sparse, with more zeros than ones.
    task.sparse = 0.0
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"length": (10, 20), "repeats": (10, 15, 20)})

    # With all numbers of repeats from the first step on it is not learned within these steps.
    task.curriculum.name = "doubling"
    task.curriculum.start = 2

    config.train.steps = 4000
    return config
