"""The DNC on priority sort, at the paper's sizes: 20 vectors in, the first 16 out."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("priority_sort", axis="items")

    task = config.task
    # Size of a vector.
    task.bits = 8
    # Fewest and most vectors to train on, and the fraction of them to answer with.
    task.items = (20, 20)
    task.kept = 0.8
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (10, 20, 30)})

    # The NTM learns it less well within these steps.
    config.model.name = "dnc"
    config.model.memory_size = 32
    # With the DNC's default of 1, errors are a little more at 20 items, and still more at 10.
    config.model.forget_bias = -1.0

    config.train.steps = 5000
    return config
