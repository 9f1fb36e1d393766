"""Walks through random graphs, given by a node and the edges to take, after Graves et al. 2016."""

from ml_collections import config_dict

from mann_config.bases import graphs


def get_config():
    config = graphs.get_config("graph_traversal")

    task = config.task
    # For each lesson: nodes of a graph, edges out of each and edges of the walk, at most; the first
    # lesson has the least of each. It begins at the second, as a long walk has more to learn from.
    task.lessons = ((3, 1, 1), (4, 2, 3), (6, 2, 4), (8, 3, 4), (10, 3, 5))
    task.curriculum.start = 2
    # No step to plan in: each triple of the answer continues from the one before it.
    task.planning = 0
    # The levels to measure: nodes of the graph, and edges of the walk.
    task.test_levels = config_dict.ConfigDict({"size": (4, 6, 8, 10), "length": (1, 2, 3, 4, 5)})

    config.train.steps = 10000
    return config
