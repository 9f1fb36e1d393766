"""The SAM on recalling the values of keys, of which it may then be told many thousands."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("key_value_recall", axis="items")

    task = config.task
    # Size of a key, and of a value.
    task.key_bits = 32
    task.value_bits = 8
    # Fewest and most keys to train on, and how many of them are asked for.
    task.items = (2, 200)
    task.queries = 20
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"items": (20, 200, 1000, 5000)})

    # With hundreds of keys from the first step on, what to search for may never be found.
    task.curriculum.name = "doubling"
    task.curriculum.start = 25

    config.model.name = "sam"
    config.model.memory_size = 8192
    config.model.word_size = 48
    # Keys to search for are seen as they are.
    config.model.input_to_interface = True

    config.train.steps = 2000
    return config
