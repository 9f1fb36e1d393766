"""The NTM on associative recall, at the paper's sizes."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("associative_recall", axis="items")

    task = config.task
    # Size of a vector, and vectors of an item.
    task.bits = 6
    task.item_length = 3
    # Fewest and most items to train on.
    task.items = (2, 6)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (4, 6, 8, 10, 12, 15, 20)})

    config.train.steps = 5000
    return config
