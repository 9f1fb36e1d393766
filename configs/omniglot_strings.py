"""15 classes with labels of five letters, as in Table 2 of Santoro et al. 2016, over an encoder.

Train the encoder first: mann train --config=matching
"""

from mann_config.catalog import load


def get_config():
    config = load("omniglot_5way")
    config.name = "omniglot_strings"
    config.task.labels = "string"
    config.task.ways = 15

    # 150 images in an episode.
    config.model.memory_size = 256
    config.model.num_read_heads = 2
    config.model.word_size = 96

    train = config.train
    train.steps = 2000
    train.validate_every = 500
    train.validation_episodes = 64
    return config
