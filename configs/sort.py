"""The DNC on sorting binary numbers."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("sort", axis="items")

    task = config.task
    # Size of a number.
    task.bits = 6
    # Fewest and most numbers to train on.
    task.items = (1, 20)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (5, 10, 20, 30, 40)})

    # An NTM does not get so far within these steps.
    config.model.name = "dnc"
    config.model.num_read_heads = 4
    config.model.memory_size = 64

    config.train.steps = 5000
    return config
