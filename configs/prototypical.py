"""A prototypical network (Snell et al. 2017) on Omniglot, 28 x 28: the encoder of the others."""

from mann_config.catalog import load


def get_config():
    config = load("omniglot")
    config.name = "prototypical"

    task = config.task
    task.image_size = 28
    # Many classes in a training episode, however few a test episode has.
    task.ways = 60

    config.model.name = "prototypical"
    config.model.encoder.name = "conv"

    train = config.train
    # One episode of 360 images.
    train.batch_size = 1
    train.steps = 12000
    train.learning_rate = 2e-3
    return config
