"""Random graphs whose nodes and edges have labels, and the shortest walks through them."""

import collections

import numpy as np


def random_graph(rng, num_nodes, out_degree, num_labels):
    """Returns the triples of a random graph, an int array `(edges, 3)` in random order.

    Nodes lie at random in the unit square, with edges to those nearest to them, as many as
    `out_degree` or, at random, fewer. Nodes have labels of their own, the edges out of a node too.

    Args:
        rng: NumPy generator.
        num_nodes: how many nodes.
        out_degree: edges out of a node at most.
        num_labels: labels are below it.
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


def edges_by_source(triples):
    """Returns a dict from each source to its edges in order, each `(edge, destination)`."""
    edges = collections.defaultdict(list)
    for source, edge, destination in sorted(triples.tolist()):
        edges[source].append((edge, destination))
    return edges


def paths_from(triples, source):
    """Returns a dict from each node that can be reached to a shortest path, a list of triples.

    Of paths of one length, it is the one whose labels are lowest at the first difference.
    """
    edges = edges_by_source(triples)
    paths, queue = {source: []}, collections.deque([source])
    while queue:
        node = queue.popleft()
        for edge, other in edges.get(node, ()):
            if other not in paths:
                paths[other] = [*paths[node], (node, edge, other)]
                queue.append(other)
    return paths
