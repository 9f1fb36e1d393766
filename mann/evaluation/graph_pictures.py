"""A picture of a graph, with the path that a model took through it."""

import collections

import networkx

from mann.evaluation.pictures import RIGHT, WRONG, make_axes

MISSED = "#1f6feb"


def draw_graph(triples, expected, answer):
    """Returns a figure of a graph, a right path through it, and the path that a model took.

    Args:
        triples: list of tuples of names, source, edge and destination.
        expected: list of triples, those of a right answer.
        answer: list of triples, those of the model's answer.
    """
    figure, axes = make_axes(8, 7)
    names = collections.defaultdict(list)
    for source, edge, destination in triples:
        names[source, destination].append(edge)
    digraph = networkx.DiGraph(list(names))
    style = {
        "G": digraph,
        "pos": networkx.kamada_kawai_layout(digraph.to_undirected()),
        "ax": axes,
    }
    # Bent, so that edges in both directions are two lines.
    bent = {"connectionstyle": "arc3,rad=0.12"}
    networkx.draw_networkx_nodes(**style, node_color="#eeeeee", node_size=700)
    networkx.draw_networkx_labels(**style, font_size=8)
    edges_of_graph, right, given = set(triples), set(expected), set(answer)
    for kind, color, width in (
        (edges_of_graph - right - given, "#bbbbbb", 1),
        (right - given, MISSED, 3),
        (edges_of_graph & given - right, WRONG, 3),
        (right & given, RIGHT, 3),
    ):
        ends = [(source, destination) for source, _, destination in kind]
        networkx.draw_networkx_edges(
            **style, **bent, edgelist=ends, edge_color=color, width=width, node_size=700
        )
    edge_labels = {ends: ", ".join(edges) for ends, edges in names.items()}
    networkx.draw_networkx_edge_labels(**style, **bent, edge_labels=edge_labels, font_size=7)
    answers = len(given - edges_of_graph - right)
    axes.set_title(
        "green: right; red: wrong; blue: right, but not answered"
        + (f"; {answers} more answered, which this graph does not have" if answers else ""),
        fontsize=9,
    )
    axes.set_axis_off()
    return figure
