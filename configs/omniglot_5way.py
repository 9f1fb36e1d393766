"""A memory over a trained encoder on Omniglot, 5 classes: one-shot accuracy past the MANN's.

Train the encoder first: mann train --config=matching
"""

from mann_config.catalog import load


def get_config():
    config = load("omniglot")
    config.name = "omniglot_5way"

    task = config.task
    task.image_size = 28
    task.shots_first = 0.5

    model = config.model
    model.encoder.name = "conv"
    model.encoder.weights = "runs/matching"
    model.encoder.trainable = False
    model.units = 100
    model.memory_size = 128
    model.num_read_heads = 4
    # Room for the features of an image, and for its label beside them.
    model.word_size = 80

    train = config.train
    train.steps = 3000
    train.learning_rate = 3e-3
    return config
