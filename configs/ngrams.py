"""The DNC on dynamic N-grams, at the paper's sizes: 6-grams of 200 bits."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("ngrams", axis="length")

    task = config.task
    # A bit depends on the n - 1 bits before it.
    task.n = 6
    # Shortest and longest sequence to train on, in bits.
    task.length = (200, 200)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"length": (100, 200, 300)})

    # A slot for each of the 32 contexts, found by content.
    config.model.name = "dnc"
    config.model.links = False
    config.model.refinements = ("masked_keys",)
    config.model.memory_size = 64

    config.train.steps = 8000
    return config
