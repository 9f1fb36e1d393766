"""Nearest neighbour on pixels; on the features of a run with an encoder:

mann train --config=nearest_neighbor --workdir=runs/nearest_features \
    --config.model.encoder.name=conv --config.model.encoder.weights=runs/prototypical
"""

from mann_config.catalog import load


def get_config():
    config = load("prototypical")
    config.name = "nearest_neighbor"
    config.model.name = "nearest_neighbor"
    config.model.encoder.name = "none"
    # Nothing is trained.
    config.train.steps = 0
    return config
