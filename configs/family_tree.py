"""Relatives of many kinds in families told by parents and children, after Graves et al. 2016."""

from ml_collections import config_dict

from configs import graphs


def get_config():
    config = graphs.get_config("family_tree")

    task = config.task
    # Of each lesson: people of a family, and steps from parent to child that the relation is made
    # of, at most: 2 for a brother or a grandfather, 3 for an aunt, 4 for a cousin.
    task.lessons = ((5, 2), (7, 2), (8, 3), (10, 3), (10, 4))
    # The levels to measure: people of the family, and steps of the relation.
    task.test_levels = config_dict.ConfigDict({"size": (6, 8, 10), "length": (2, 3, 4)})

    config.train.steps = 10000
    return config
