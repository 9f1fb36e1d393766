"""Traversal: follow the edges that a query names, from a node on."""

import numpy as np

from episodes.graphs.base import BLANK, GraphTask, Puzzle
from episodes.graphs.graph import group_by_source, sample_graph


class Traversal(GraphTask):
    """A walk through a random graph, given by its first node and its edges; where does it lead?

    The query is `(source, edge, _), (_, edge, _), ...`; the answer has the same triples in full.
    A lesson is `(nodes, out_degree, path)`: how many nodes, edges out of each at most, and edges of
    the walk.

    Args: those of `GraphTask`.

    Example:

    >>> task = Traversal(lessons=[(4, 2, 2)], digits=1)
    >>> puzzle = task.puzzle(np.random.default_rng(0), lesson=1)
    >>> puzzle.query.shape, puzzle.answer.shape
    ((2, 3), (2, 3))
    """

    fields = {"nodes": 2, "out_degree": 1, "path": 1}

    def num_steps(self, lesson):
        nodes, out_degree, path = self.lessons[lesson - 1]
        return nodes * out_degree + 2 * path + self.planning

    def draw_puzzle(self, rng, nodes, out_degree, path):
        triples = sample_graph(rng, nodes, out_degree, self.num_labels)
        edges = group_by_source(triples)
        node, walk = int(rng.choice(triples[:, 0])), []
        for _ in range(path):
            edge, other = edges[node][rng.integers(len(edges[node]))]
            walk.append((node, edge))
            node = other
        return self.ask(triples, walk[0][0], [edge for _, edge in walk])

    def ask(self, triples, source, path):
        """Returns the `Puzzle` of a walk.

        Args:
            triples: int array `(edges, 3)`.
            source: label of the node where it begins.
            path: labels of the edges that it takes, in order.

        Raises:
            ValueError: if a node on the walk has no such edge, or several with this label.
        """
        edges, node, answer = group_by_source(triples), source, []
        for step, edge in enumerate(path, start=1):
            ends = [other for label, other in edges.get(node, ()) if label == edge]
            if len(ends) != 1:
                raise ValueError(
                    f"step {step} of the walk is at a node with {len(ends)} such edges; it must "
                    "have exactly one"
                )
            answer.append((node, edge, *ends))
            (node,) = ends
        query = np.full((len(answer), 3), BLANK)
        query[0, 0] = source
        query[:, 1] = path
        return Puzzle(triples, query, np.array(answer))
