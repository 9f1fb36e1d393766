"""The baseline without a memory for omniglot.py: it can use only chance and the last label."""

from configs import omniglot


def get_config():
    config = omniglot.get_config()
    config.name = "omniglot_feedforward"
    config.model.name = "feedforward"
    config.train.steps = 4000
    return config
