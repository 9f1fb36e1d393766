"""More and more classes, from 15 up, with labels of five letters: measure it on up to 100.

mann evaluate --workdir=runs/omniglot_curriculum --ways=25,50,75,100 --memory_size=1024

Train the encoder first: mann train --config=matching
"""

from mann_config.catalog import load


def get_config():
    config = load("omniglot_strings")
    config.name = "omniglot_curriculum"
    # As in Santoro et al. 2016, who added a class after every 10,000 episodes.
    config.task.ways = 25
    config.task.first_ways = 15
    config.task.episodes_per_way = 4000
    return config
