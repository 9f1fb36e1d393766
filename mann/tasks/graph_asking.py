"""Answers queries about a graph of your own with a trained network."""

import difflib
from typing import NamedTuple

import numpy as np
from ml_collections import config_dict

from episodes import DataError, graphs
from mann.models.build import build_model, change_memory
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.tasks.graphs import TASKS
from mann_config.errors import UserError

# The query of each task, as a list of names.
QUERIES = {
    graphs.Traversal: "a node and the edges to take from it: node,edge,edge",
    graphs.ShortestPath: "two nodes: from,to",
    graphs.FamilyTree: "a person and a relation: person,relation",
}


class GraphAnswer(NamedTuple):
    """The answer of a network, each part a list of triples of names; unknown labels are numbers.

    Attributes:
        triples: the graph.
        expected: a right answer.
        answer: the answer of the network.
        is_right: whether the answer of the network is right.
    """

    triples: list
    expected: list
    answer: list
    is_right: bool

    def lines(self):
        """Returns the answer as lines of text, and a right one if it is wrong.

        Example:

        >>> GraphAnswer([], [], [("Bank", "east", "Ham")], True).lines()
        ['Bank -- east -> Ham', 'This is right.']
        """
        given, right = (
            [f"{source} -- {edge} -> {destination}" for source, edge, destination in triples]
            for triples in (self.answer, self.expected)
        )
        if self.is_right:
            return [*given, "This is right."]
        return [*given, "This is wrong. Right would be:", *right]


class GraphAsker:
    """A trained network that answers queries about graphs.

    Args:
        workdir: path of a run of mann train on graphs.
        memory_size: slots of the memory. Defaults to `None`: as many as in training.

    Raises:
        UserError: if there is no such run, or its task is not one on graphs.

    Example: `GraphAsker("runs/graph_traversal").ask(load_edge_list("map.csv"), ["Bank", "east"])`
    """

    def __init__(self, workdir, memory_size=None):
        workdir = Workdir(workdir)
        config = config_dict.ConfigDict(workdir.read_config())
        if config.task.name not in TASKS:
            raise UserError(
                f"--workdir={workdir.path} was not trained on graphs: give a run of one of "
                f"{', '.join(TASKS)}."
            )
        self._experiment = build_task(config)
        self._task = self._experiment.task
        like = build_model(config.model, self._experiment)
        self._model, _ = checkpoints.load_best(workdir, like)
        self._model = change_memory(self._model, config, self._experiment, memory_size)

    def ask(self, edge_list, query, seed=0):
        """Returns the `GraphAnswer` to a query.

        Args:
            edge_list: `episodes.graphs.EdgeList`.
            query: list of names: a node and the edges to take, two nodes, or a person and a
                relation, as the task has it.
            seed: seed of the random labels that stand for the names. Defaults to 0.

        Raises:
            UserError: if the graph or the query does not fit the task, or a name is not in the
                graph.
        """
        rng = np.random.default_rng(seed)
        try:
            triples, nodes, edges = edge_list.assign_labels(
                rng, self._task.num_labels, self._task.edge_names
            )
            puzzle = self._make_puzzle(rng.permutation(triples), nodes, edges, query)
        except (DataError, ValueError) as error:
            raise UserError(f"The graph and the query do not fit: {error}") from error
        (answer,) = self._experiment.answers(
            self._model, [puzzle], 1, self._task.count_steps(puzzle)
        )
        is_right = bool(self._task.is_right(puzzle, answer))
        triples, expected, given = (
            _name_triples(part, nodes, edges)
            for part in (puzzle.triples, puzzle.answer, answer[: len(puzzle.answer)])
        )
        return GraphAnswer(triples, expected, given, is_right)

    def _make_puzzle(self, triples, nodes, edges, query):
        kind = type(self._task)
        pair = kind in (graphs.ShortestPath, graphs.FamilyTree)
        if len(query) < 2 or (pair and len(query) > 2):
            raise ValueError(f"the query must be {QUERIES[kind]}. Received: {','.join(query)}.")
        first, *rest = query
        source = _find_label(first, nodes)
        if kind is graphs.Traversal:
            return self._task.ask(triples, source, [_find_label(name, edges) for name in rest])
        if kind is graphs.ShortestPath:
            return self._task.ask(triples, source, _find_label(rest[0], nodes))
        if unknown := set(edges) - set(self._task.edge_names):
            raise ValueError(
                f"the edges of a family are {', '.join(graphs.BASE_RELATIONS)}. Received: "
                f"{', '.join(sorted(unknown))}."
            )
        return self._task.ask(triples, source, rest[0])


def _find_label(name, labels):
    if name not in labels:
        close = difflib.get_close_matches(name, labels) or list(labels)[:10]
        raise ValueError(f"the graph has no {name!r}: choose another, such as {', '.join(close)}.")
    return labels[name]


def _name_triples(triples, nodes, edges):
    node_names = {label: name for name, label in nodes.items()}
    edge_names = {label: name for name, label in edges.items()}
    names = (node_names, edge_names, node_names)
    return [
        tuple(known.get(label, f"#{label}") for known, label in zip(names, triple, strict=True))
        for triple in triples.tolist()
    ]
