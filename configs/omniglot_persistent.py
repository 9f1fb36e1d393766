"""A memory that is not wiped between episodes: each sequence holds five, with labels of their own.

Train the encoder first: mann train --config=matching
"""

from mann_config.catalog import load


def get_config():
    config = load("omniglot_5way")
    config.name = "omniglot_persistent"
    config.task.consecutive = 5
    config.task.shots_first = 0.0

    train = config.train
    train.batch_size = 8
    train.steps = 3000
    train.validate_every = 500
    train.validation_episodes = 80
    return config
