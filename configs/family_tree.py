"""Relatives in families that are described by parents and children, after Graves et al. 2016."""

from ml_collections import config_dict

from mann_config.bases import graphs


def get_config():
    config = graphs.get_config("family_tree")

    task = config.task
    # For each lesson: people of a family, and steps from parent to child that make up the relation,
    # at most: 2 for a brother or a grandfather, 3 for an aunt, 4 for a cousin.
    task.lessons = ((5, 2), (6, 3), (8, 4))
    task.curriculum.threshold = 0.3
    # The levels to measure: people of the family, and steps of the relation.
    task.test_levels = config_dict.ConfigDict({"size": (6, 8), "length": (2, 3, 4)})

    config.train.steps = 18000
    return config
