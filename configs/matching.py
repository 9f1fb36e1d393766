"""A matching network (Vinyals et al. 2016) on Omniglot, 28 x 28."""

from mann_config.catalog import load


def get_config():
    config = load("prototypical")
    config.name = "matching"
    config.model.name = "matching"
    return config
