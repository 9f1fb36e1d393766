"""Shortest paths between two nodes of random graphs, after Graves et al. 2016."""

from ml_collections import config_dict

from mann_config.bases import graphs


def get_config():
    config = graphs.get_config("graph_shortest_path")

    task = config.task
    # For each lesson: nodes of a graph, edges out of each and edges of the path, at most.
    task.lessons = ((3, 1, 1), (4, 2, 2), (6, 2, 2), (6, 2, 3), (8, 2, 4))
    task.curriculum.threshold = 0.2
    # The levels to measure: nodes of the graph, and edges of the path.
    task.test_levels = config_dict.ConfigDict({"size": (4, 6, 8), "length": (1, 2, 3, 4)})

    config.train.steps = 10000
    return config
