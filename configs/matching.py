"""A matching network (Vinyals et al. 2016) on Omniglot, 28 x 28."""

from configs import prototypical


def get_config():
    config = prototypical.get_config()
    config.name = "matching"
    config.model.name = "matching"
    return config
