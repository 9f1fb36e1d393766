"""MAML (Finn et al. 2017) on Omniglot, 5-way 1-shot.

To first order it takes smaller and more steps of adaptation: --config.model.first_order=True
--config.model.inner_steps=5 --config.model.inner_learning_rate=0.1
"""

from mann_config.catalog import load


def get_config():
    config = load("prototypical")
    config.name = "maml"

    config.task.ways = 5
    config.model.name = "maml"

    train = config.train
    # Episodes whose gradients one step averages.
    train.batch_size = 8
    train.steps = 6000
    train.learning_rate = 1e-3
    return config
