"""A picture of a graph, with the way that a model took through it."""

import collections

import networkx

from mann.evaluation.pictures import RIGHT, WRONG, axes_of

MISSED = "#1f6feb"


def graph(triples, expected, answer):
    """Returns a figure of a graph, the right way through it, and the way that a model took.

    Args:
        triples: list of tuples of names, source, edge and destination.
        expected: those of a right answer.
        answer: those of the model's.
    """
    figure, axes = axes_of(8, 7)
    names = collections.defaultdict(list)
    for source, edge, destination in triples:
        names[source, destination].append(edge)
    drawn = networkx.DiGraph(list(names))
    style = {
        "G": drawn,
        "pos": networkx.kamada_kawai_layout(drawn.to_undirected()),
        "ax": axes,
    }
    # Bent, so that the way there and the way back are two lines.
    bent = {"connectionstyle": "arc3,rad=0.12"}
    networkx.draw_networkx_nodes(**style, node_color="#eeeeee", node_size=700)
    networkx.draw_networkx_labels(**style, font_size=8)
    told, right, given = set(triples), set(expected), set(answer)
    for kind, color, width in (
        (told - right - given, "#bbbbbb", 1),
        (right - given, MISSED, 3),
        (told & given - right, WRONG, 3),
        (right & given, RIGHT, 3),
    ):
        ends = [(source, destination) for source, _, destination in kind]
        networkx.draw_networkx_edges(
            **style, **bent, edgelist=ends, edge_color=color, width=width, node_size=700
        )
    edge_labels = {ends: ", ".join(edges) for ends, edges in names.items()}
    networkx.draw_networkx_edge_labels(**style, **bent, edge_labels=edge_labels, font_size=7)
    answers = len(given - told - right)
    axes.set_title(
        "green: right; red: wrong; blue: right, but not answered"
        + (f"; {answers} more answered, no edges of this graph" if answers else ""),
        fontsize=9,
    )
    axes.set_axis_off()
    return figure
