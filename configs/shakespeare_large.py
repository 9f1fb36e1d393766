"""A character language model of a million weights, of tiny Shakespeare or of your text.

mann train --config=shakespeare_large --workdir=runs/large
mann complete --workdir=runs/large --prompt="ROMEO:"
"""

from mann_config.catalog import load


def get_config():
    config = load("shakespeare")
    config.name = "shakespeare_large"

    model = config.model
    model.name = "lstm"
    model.units = 512
    model.embedding = 64
    # A million weights learn this text by heart without it.
    model.dropout = 0.3

    train = config.train
    train.learning_rate = 2e-3
    train.checkpoint_every = 500
    train.validate_every = 500
    return config
