"""The LSTM baseline for omniglot.py: as many steps, its size and learning rate tuned."""

from mann_config.catalog import load


def get_config():
    config = load("omniglot")
    config.name = "omniglot_lstm"
    config.model.name = "lstm"
    # An image comes once, with the label of the one before.
    config.model.encoder.repeat_previous = False
    config.model.units = 400
    config.train.learning_rate = 3e-3
    return config
