"""The baseline without a memory for omniglot.py: it can use only chance and the last label."""

from mann_config.catalog import load


def get_config():
    config = load("omniglot")
    config.name = "omniglot_feedforward"
    config.model.name = "feedforward"
    # An image comes once, with the label of the one before.
    config.model.encoder.repeat_previous = False
    config.train.steps = 4000
    return config
