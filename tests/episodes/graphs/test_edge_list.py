"""Edges of your own, from files as spreadsheets and other programs write them."""

import csv
import io
import unicodedata

import numpy as np
import pytest

from episodes import DataError
from episodes.graphs import ShortestPath, Traversal, load_edge_list

EDGES = (("Dock", "east", "Mühle"), ("Mühle", "north, then up", "Quay"))


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / "map.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return load_edge_list(path).edges

    return read


PLACES = {"source": 0, "edge": 1, "label": 1, "destination": 2, "target": 2}
OTHERS = {"": "7", "unnamed: 0": "0", "weight": "", "type": "Directed"}


def table(separator, columns):
    """Returns `EDGES` as a table, in which `OTHERS` are the same in each row."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(columns)
    names = [name.strip().lower() for name in columns]
    for edge in EDGES:
        writer.writerow(edge[PLACES[name]] if name in PLACES else OTHERS[name] for name in names)
    return file.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "columns",
    [
        ("source", "edge", "destination"),
        ("source", "target", "edge"),
        (" Source", "TARGET ", "Label"),
        ("", "label", "source", "Weight", "destination"),
        ("Unnamed: 0", "source", "target", "type", "label", ""),
    ],
)
def test_columns_are_found_by_their_names(separator, encoding, columns, read):
    assert read(table(separator, columns).encode(encoding)) == EDGES


@pytest.mark.parametrize(
    "text",
    [
        "source,edge,destination\n,,\nDock,east,Kai\n\n , ,\nKai,west,Dock\n,,\n\n",
        "\n,,,\nsource,edge,destination,,\nDock,east,Kai,,\nKai,west,Dock\n",
        "sep=;\r\nsource;edge;destination\r\nDock;east;Kai\r\n;;\r\nKai;west;Dock",
        'source,edge,destination\n"Dock", " east",Kai\n"Kai\n",west, Dock \nDock,east,Kai\n',
    ],
)
def test_empty_rows_and_spaces_are_passed_over(text, read):
    assert read(text) == (("Dock", "east", "Kai"), ("Kai", "west", "Dock"))


def test_a_name_is_one_in_either_normal_form_and_over_two_lines(read):
    composed, parted = (unicodedata.normalize(form, "Mühle") for form in ("NFC", "NFD"))
    (edge,) = read(f'source,edge,destination\n{composed},east,"Am\r\nKai"\n{parted},east,Am  Kai\n')
    assert edge == (composed, "east", "Am Kai")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from,to\na,b\n", "line 1: expected a header with the columns source, .*: from,to"),
        ("", "line 1: expected a header.*Received: nothing"),
        ("\n\nsource,edge\na,b\n", "line 3: expected a header.*source,edge"),
        ("source|edge|destination\n", "commas, semicolons or tabs between"),
        ("source,edge,label,target\n", "line 1: expected one column with the name edge or label"),
        ("source,source,edge,target\n", "line 1: expected one column with the name source"),
        ("source,edge,destination\na,b,c\na,b\n", "line 3: expected the names of.*: a,b"),
        ("source,edge,destination\na,,c\n", "line 2: expected the names of"),
        ("id;source;edge;destination\n1;;;\n", "line 2: expected the names of.*: 1;;;"),
        ("source,edge,destination\na,b,c,d\n", "line 2: expected 3 fields.*: a,b,c,d"),
        ("source,edge,destination\n", "has no edge"),
        ('source,edge,destination\na,b,c\n"a,b,c\na,b,c\n', "line 3: .*quotation marks"),
        ('source,edge,destination\n"a"b,b,c\n', "line 2: .*quotation marks"),
        # A name over two lines, and the line right after it.
        ('source,edge,destination\n"a\nb",c,d\ne,f\n', "line 4: .*: e,f"),
        ('source,edge,destination\n,,\na,"b\n\nc"\n', "line 3: .*: a,b c"),
        ("source,edge,destination\nM\xfchle,b,c\n".encode("latin-1"), "UTF-8 text.*in line 2"),
    ],
)
def test_a_mistake_names_its_line(text, message, read):
    with pytest.raises(DataError, match=f"map.csv.*{message}"):
        read(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="none.csv cannot be read"):
        load_edge_list(tmp_path / "none.csv")


def test_a_graph_of_ones_own_is_labelled(tmp_path):
    (tmp_path / "map.csv").write_text(
        "source,edge,destination\nBank, east ,Ham\n\nHam,west,Bank\nHam,east,Kew\nBank,east,Ham\n"
    )
    edges = load_edge_list(tmp_path / "map.csv")
    assert edges.nodes == ["Bank", "Ham", "Kew"] and len(edges.edges) == 3
    triples, nodes, names = edges.assign_labels(np.random.default_rng(0), 100)
    assert triples.tolist()[0] == [nodes["Bank"], names["east"], nodes["Ham"]]
    assert len(set(nodes.values())) == 3 and len(set(names.values())) == 2
    task = Traversal([(3, 1, 1)], digits=2)
    answer = task.ask(triples, nodes["Bank"], [names["east"], names["east"]]).answer
    assert answer[:, 2].tolist() == [nodes["Ham"], nodes["Kew"]]
    with pytest.raises(ValueError, match="step 2 of the walk is at a node with 0 such edges"):
        task.ask(triples, nodes["Ham"], [names["east"], names["west"]])
    with pytest.raises(DataError, match="3 nodes, and the model knows 2"):
        edges.assign_labels(np.random.default_rng(0), 2)
    way = ShortestPath([(3, 1, 1)], digits=2).ask(triples, nodes["Bank"], nodes["Kew"])
    assert len(way.answer) == 2
    with pytest.raises(ValueError, match="no way"):
        ShortestPath([(3, 1, 1)], digits=2).ask(triples, nodes["Kew"], nodes["Bank"])
