"""Graphs of your own, from a CSV file of edges."""

import csv
import unicodedata
from typing import NamedTuple

import numpy as np

from episodes.cache import DataError
from episodes.plain_text import read_text

# The names that each column may have.
_COLUMNS = (("source",), ("edge", "label"), ("destination", "target"))
_SEPARATORS = ",;\t"


class EdgeList(NamedTuple):
    """The edges of a graph by name, each `(source, edge, destination)`."""

    edges: tuple

    @property
    def nodes(self):
        """Names of the nodes, in order."""
        return sorted({name for source, _, target in self.edges for name in (source, target)})

    def assign_labels(self, rng, num_labels, edge_names=()):
        """Returns the triples of the graph under random labels, and the label of each name.

        Args:
            rng: NumPy generator.
            num_labels: number of possible labels, from 0 on.
            edge_names: names of edges whose label is their position; other labels are random.

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
                    "use a part of the graph."
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
    """Returns the `EdgeList` of a CSV file with the columns `source`, `edge` and `destination`.

    Every row is an edge in one direction. For walks that follow edges by name, the edges out of a
    node must differ in name.

    Args:
        path: path of the file, in UTF-8 or, with a byte order mark, UTF-16. Its header names the
            columns, in any order; `label` does for `edge`, and `target` for `destination`. Other
            columns and empty rows are ignored. Commas, semicolons or tabs separate the fields.

    Raises:
        DataError: if the file cannot be read, lacks a column or has it twice, has no row, or has a
            row without a name or with more fields than the header; the message names the line.

    Example: `load_edge_list("underground.csv").nodes`
    """
    lines = read_text(path).split("\n")
    first = next((i for i, line in enumerate(lines) if not _is_empty(line)), 0)
    separator, width, places = _read_header(lines[first], f"{path}, line {first + 1}")
    edges = []
    for line, row in _read_rows(lines[first + 1 :], separator, path, first + 2):
        names = tuple(row[place] for place in places if place < len(row))
        if any(row[width:]):
            raise DataError(
                f"{path}, line {line}: expected {width} fields, as in the header; put a name with "
                f"a separator in it in quotation marks. Received: {separator.join(row)}."
            )
        if len(names) < len(places) or not all(names):
            raise DataError(
                f"{path}, line {line}: expected the names of a source, an edge and a destination. "
                f"Received: {separator.join(row)}."
            )
        edges.append(names)
    if not edges:
        raise DataError(f"{path} has no edge: give one in each line after the header.")
    return EdgeList(tuple(dict.fromkeys(edges)))


def normalize_name(name):
    """Returns a name in Unicode's NFC, with one space wherever there are spaces or line breaks.

    Example:

    >>> normalize_name(" King's   Cross ")
    "King's Cross"
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


def _is_empty(line):
    # Excel may name the separator in a first line; the header shows it as well.
    return not line.strip(_SEPARATORS + " ") or line.lower().startswith("sep=")


def _read_header(line, where):
    """Returns the separator, the number of columns, and the positions of the edge's columns."""
    for separator in _SEPARATORS:
        header = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        header = [normalize_name(name).lower() for name in header]
        places = [[i for i, name in enumerate(header) if name in names] for names in _COLUMNS]
        if all(places):
            break
    else:
        raise DataError(
            f"{where}: expected a header with the columns source, edge (or label) and destination "
            f"(or target), with commas, semicolons or tabs between. Received: {line or 'nothing'}."
        )
    for names, found in zip(_COLUMNS, places, strict=True):
        if len(found) > 1:
            raise DataError(
                f"{where}: expected one column with the name {' or '.join(names)}: rename the "
                f"others. Received: {line}."
            )
    return separator, len(header), [place for (place,) in places]


def _read_rows(lines, separator, path, number):
    """Yields the rows that are not empty, each after the number of its first line."""
    reader = csv.reader(
        (line + "\n" for line in lines), delimiter=separator, skipinitialspace=True, strict=True
    )
    line = number
    try:
        for row in reader:
            row = [normalize_name(field) for field in row]
            if any(row):
                yield line, row
            line = number + reader.line_num
    except csv.Error as error:
        raise DataError(
            f"{path}, line {line}: cannot be read as CSV ({error}). Check its quotation marks."
        ) from None
