"""Answers questions about a graph of your own.

mann ask-graph --workdir=runs/graph_traversal --graph=map.csv --query="Bank,Northern north"
mann ask-graph --workdir=runs/graph_shortest_path --graph=map.csv --query="Bank,Euston"
mann ask-graph --workdir=runs/family_tree --graph=family.csv --query="Anna,maternal uncle"
"""

from absl import flags

from episodes import DataError
from episodes.graphs import load_edge_list
from episodes.graphs.edge_list import normalize_name
from mann_config import command_line
from mann_config.errors import UserError

_WORKDIR = flags.DEFINE_string(
    "workdir",
    "runs/graph_traversal",
    "Folder of a run of mann train on one of the tasks on graphs.",
)
_GRAPH = flags.DEFINE_string(
    "graph",
    None,
    "Path of a CSV file with one edge in each line. Its header names the columns: source, edge (or "
    "label) and destination (or target).",
)
_QUERY = flags.DEFINE_list(
    "query",
    None,
    "Names to ask about, with commas between them: a node and the edges to follow from it; or two "
    "nodes, for the shortest path between them; or a person and a relation in a family.",
)
_SEED = flags.DEFINE_integer(
    "seed", 0, "Seed of the random labels that stand for the names of the graph.", lower_bound=0
)
_MEMORY_SIZE = flags.DEFINE_integer(
    "memory_size",
    None,
    "Number of slots of the memory. Defaults to the number in training.",
    lower_bound=1,
)
_PICTURE = flags.DEFINE_string(
    "picture",
    None,
    "Path of a .png file to draw the graph and the answer to. Defaults to no picture.",
)


def main():
    if _GRAPH.value is None or not _QUERY.value:
        raise UserError("Give --graph, a CSV file of edges, and --query, the names to ask about.")
    try:
        edge_list = load_edge_list(_GRAPH.value)
    except DataError as error:
        raise UserError(f"--graph={error}") from error
    query = [normalize_name(name) for name in _QUERY.value]
    command_line.check_run(_WORKDIR.value, _MEMORY_SIZE.value)
    asking = command_line.import_with_framework("mann.tasks.graph_asking")
    asker = asking.GraphAsker(_WORKDIR.value, _MEMORY_SIZE.value)
    asked = asker.ask(edge_list, query, _SEED.value)
    print("\n".join(asked.lines()))
    if _PICTURE.value:
        drawing = command_line.import_with_framework("mann.evaluation.graph_pictures")
        pictures = command_line.import_with_framework("mann.evaluation.pictures")
        figure = drawing.draw_graph(asked.triples, asked.expected, asked.answer)
        pictures.save(figure, _PICTURE.value)
        print(f"Picture: {_PICTURE.value}")
