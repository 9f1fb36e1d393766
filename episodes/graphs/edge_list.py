"""Graphs of a person's own, from a CSV file of edges."""

import csv
from typing import NamedTuple

import numpy as np

from episodes.cache import DataError, one_line

_COLUMNS = ["source", "edge", "destination"]


class EdgeList(NamedTuple):
    """The edges of a graph by name, each `(source, edge, destination)`."""

    edges: tuple

    @property
    def nodes(self):
        """Names of the nodes, in order."""
        return sorted({name for source, _, target in self.edges for name in (source, target)})

    def labelled(self, rng, num_labels, edge_names=()):
        """Returns the triples of the graph under labels drawn at random, and what they stand for.

        Args:
            rng: NumPy generator.
            num_labels: labels are below it.
            edge_names: names of edges whose label is their place; others are drawn.

        Returns:
            int array `(edges, 3)`; dict from the names of nodes to labels; and one from the names
            of edges.

        Raises:
            DataError: if there are more names than labels.
        """
        edges = sorted({edge for _, edge, _ in self.edges} - set(edge_names))
        for kind, names in (("nodes", self.nodes), ("names of edges", edges)):
            if len(names) > num_labels:
                raise DataError(
                    f"The graph has {len(names)} {kind}, and the model knows {num_labels} labels: "
                    "take a part of it."
                )
        node_labels = dict(
            zip(self.nodes, rng.choice(num_labels, len(self.nodes), False).tolist(), strict=True)
        )
        edge_labels = {name: i for i, name in enumerate(edge_names)} | dict(
            zip(edges, rng.choice(num_labels, len(edges), False).tolist(), strict=True)
        )
        triples = [(node_labels[s], edge_labels[e], node_labels[d]) for s, e, d in self.edges]
        return np.array(triples), node_labels, edge_labels


def load_edge_list(path):
    """Returns the `EdgeList` of a CSV file with the columns `source,edge,destination`.

    Every row is an edge in one direction. To be walked by their names, the edges out of a node must
    differ in name.

    Args:
        path: of the file, in UTF-8, with a header.

    Raises:
        DataError: if it cannot be read, or has other columns, a row without a name, or no row; it
            names the line.

    Example: `load_edge_list("underground.csv").nodes`
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({one_line(error)}).") from None
    if not rows or [name.strip().lower() for name in rows[0]] != _COLUMNS:
        raise DataError(
            f"{path}, line 1: expected the header {','.join(_COLUMNS)}. Received: "
            f"{','.join(rows[0]) if rows else 'an empty file'}."
        )
    edges = []
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        names = tuple(name.strip() for name in row)
        if len(names) != 3 or not all(names):
            raise DataError(
                f"{path}, line {line}: expected three names, source,edge,destination. "
                f"Received: {','.join(row)}."
            )
        edges.append(names)
    if not edges:
        raise DataError(f"{path} holds no edge: give one in each line after the header.")
    return EdgeList(tuple(dict.fromkeys(edges)))
