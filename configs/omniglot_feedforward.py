"""The baseline without a memory for omniglot.py: it can use only chance and the last label."""

from mann_config.catalog import load


def get_config():
    config = load("omniglot")
    config.name = "omniglot_feedforward"
    config.model.name = "feedforward"
    config.train.steps = 4000
    return config
