"""ShortestPath: find a shortest path from one node to another."""

import numpy as np

from episodes.graphs.base import BLANK, GraphTask, Puzzle
from episodes.graphs.graph import find_shortest_paths, sample_graph


class ShortestPath(GraphTask):
    """A random graph and two of its nodes: which edges lead from the first to the second?

    The query is `(source, _, destination)`, followed by empty steps to plan in. The answer is the
    triples of a shortest path; there are always as many answer steps as the longest path of the
    last lesson has, so that they do not reveal the length, and triples after the destination do
    not count. A lesson is `(nodes, out_degree, path)`: how many nodes, edges out of each at most,
    and edges of the path.

    Args: those of `GraphTask`; `planning` defaults to 10, as in the paper.

    Example:

    >>> task = ShortestPath(lessons=[(5, 2, 2)], digits=1)
    >>> puzzle = task.puzzle(np.random.default_rng(0), lesson=1)
    >>> puzzle.query.shape, puzzle.answer.shape
    ((1, 3), (2, 3))
    """

    fields = {"nodes": 2, "out_degree": 1, "path": 1}

    def __init__(self, lessons, digits=3, teacher_forcing=1.0, planning=10):
        super().__init__(lessons, digits, teacher_forcing, planning)

    @property
    def _longest(self):
        return max(path for _, _, path in self.lessons)

    def num_steps(self, lesson):
        nodes, out_degree, _ = self.lessons[lesson - 1]
        return nodes * out_degree + 1 + self.planning + self._longest

    def draw_puzzle(self, rng, nodes, out_degree, path):
        triples = sample_graph(rng, nodes, out_degree, self.num_labels)
        for source in rng.permutation(np.unique(triples[:, 0])).tolist():
            ends = [
                end for end, way in find_shortest_paths(triples, source).items() if len(way) == path
            ]
            if ends:
                return self.ask(triples, source, ends[rng.integers(len(ends))])
        return None

    def ask(self, triples, source, destination):
        """Returns the `Puzzle` of the path from one node to another.

        Raises:
            ValueError: if there is no path, or the nodes are the same.
        """
        way = find_shortest_paths(triples, source).get(destination)
        if not way:
            raise ValueError("there is no way from the first node to the second")
        query = np.array([[source, BLANK, destination]])
        spare = max(0, self._longest - len(way))
        return Puzzle(triples, query, np.array(way), spare)

    def is_right(self, puzzle, answer):
        edges = set(map(tuple, puzzle.triples.tolist()))
        node, _, end = puzzle.query[0].tolist()
        for triple in answer[: len(puzzle.answer)].tolist():
            if triple[0] != node or tuple(triple) not in edges:
                return False
            node = triple[2]
        return node == end
