"""Random graphs whose nodes and edges have labels, and the shortest walks through them."""

import collections

import numpy as np


def sample_graph(rng, num_nodes, out_degree, num_labels):
    """Returns the triples of a random graph, an int array `(edges, 3)` in random order.

    Nodes lie at random in the unit square, each with edges to the nodes nearest to it: a random
    number of them, at most `out_degree`. Nodes have different labels, and so have the edges out of
    one node.

    Args:
        rng: NumPy generator.
        num_nodes: number of nodes.
        out_degree: most edges out of a node.
        num_labels: number of possible labels, from 0 on.
    """
    places = rng.random((num_nodes, 2))
    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    nearest = np.argsort(distances, axis=1)[:, 1:]
    names = rng.choice(num_labels, num_nodes, replace=False)
    triples = []
    for node in range(num_nodes):
        degree = int(rng.integers(1, min(out_degree, num_nodes - 1), endpoint=True))
        edges = rng.choice(num_labels, degree, replace=False)
        for edge, other in zip(edges, nearest[node, :degree], strict=True):
            triples.append((names[node], edge, names[other]))
    return rng.permutation(np.array(triples))


def group_by_source(triples):
    """Returns a dict from each source to its edges in order, each `(edge, destination)`."""
    edges = collections.defaultdict(list)
    for source, edge, destination in sorted(triples.tolist()):
        edges[source].append((edge, destination))
    return edges


def find_shortest_paths(triples, source):
    """Returns a dict from each node that can be reached to a shortest path, a list of triples.

    Of paths of equal length, it is the one whose labels are lower at the first difference.
    """
    edges = group_by_source(triples)
    paths, queue = {source: []}, collections.deque([source])
    while queue:
        node = queue.popleft()
        for edge, other in edges.get(node, ()):
            if other not in paths:
                paths[other] = [*paths[node], (node, edge, other)]
                queue.append(other)
    return paths
