"""A memory over a trained encoder on Omniglot, up to 20 classes: also answers 5-way episodes.

Train the encoder first: mann train --config=matching
"""

from mann_config.catalog import load


def get_config():
    config = load("omniglot_5way")
    config.name = "omniglot_20way"
    config.task.ways = 20
    config.task.instances = 6

    # A slot for each image of a support set, with room to spare.
    config.model.memory_size = 256
    config.model.num_read_heads = 2
    config.model.word_size = 96

    train = config.train
    train.steps = 1000
    train.validate_every = 250
    train.validation_episodes = 64
    return config
