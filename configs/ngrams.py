"""The NTM on dynamic N-grams, at the paper's sizes: 6-grams of 200 bits."""

from ml_collections import config_dict

from configs import copy


def get_config():
    config = copy.get_config()
    config.name = "ngrams"

    curriculum = config.task.curriculum
    config.task = task = config_dict.ConfigDict()
    task.name = "ngrams"
    # A bit depends on the n - 1 bits before it.
    task.n = 6
    # Shortest and longest sequence to train on, in bits.
    task.length = (200, 200)
    # The levels to measure along each axis of difficulty.
    task.test_levels = config_dict.ConfigDict({"length": (100, 200, 300)})
    # As configs/copy.py explains.
    task.curriculum = curriculum

    config.train.steps = 2500
    return config
