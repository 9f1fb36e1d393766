"""Fast weights on stories, read sentence by sentence.

mann train --config=babi_fast_weights --config.task.path=tasks_1-20_v1-2/en-10k
"""

from mann_config.catalog import load


def get_config():
    config = load("babi")
    config.name = "babi_fast_weights"

    model = config.model
    model.name = "fast_weights"
    # A sentence says all that is to be told of it; the rest is the memory's.
    model.controller = "feedforward"
    model.units = 128
    model.embedding = 128
    model.word_size = 32

    train = config.train
    # Stories of a batch, each with all its questions.
    train.steps = 40000
    train.clip_norm = 5.0
    train.validate_every = 2000
    train.checkpoint_every = 2000
    train.report_every = 500
    return config
