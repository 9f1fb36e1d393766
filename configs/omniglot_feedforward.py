"""A network without any memory beside that of omniglot.py: what chance and the last label give."""

from configs import omniglot


def get_config():
    config = omniglot.get_config()
    config.name = "omniglot_feedforward"
    config.model.name = "feedforward"
    config.train.steps = 4000
    return config
