"""Published accuracy on graphs, in percent (Graves et al. 2016)."""

RESULTS = {
    "graph_traversal": (
        (98.8, "DNC, walks of 7 edges on the London Underground"),
        (37.0, "LSTM, the first lesson, on which it ended"),
    ),
    "graph_shortest_path": ((55.3, "DNC, paths of 4 edges on the London Underground"),),
    "family_tree": ((81.8, "DNC, relations of 4 steps"),),
}
