"""One-shot classification within an alphabet, learned from Omniglot's background set alone."""

from mann_config.catalog import load


def get_config():
    config = load("matching")
    config.name = "lake"

    task = config.task
    task.split = "lake"
    # Alphabets that look alike are told apart by training on them, one or two at a time.
    task.within_alphabet = 0.5
    # What another hand would do to the same character.
    task.max_distortion = 0.1
    task.max_thickening = 0.4

    config.model.encoder.features = 128

    config.train.steps = 10000
    return config
