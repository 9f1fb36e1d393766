"""Questions about stories as an experiment: a memory network, or a reader of words."""
