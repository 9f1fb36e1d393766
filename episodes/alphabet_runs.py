"""Runs as Lake et al. made theirs: the characters of one alphabet, by two of its drawers."""

import numpy as np

from episodes._checks import check_positive
from episodes._episode_draws import make_key
from episodes.few_shot import Episode, Examples


def draw_alphabet_runs(dataset, drawers, ways=20, runs=20, seed=0):
    """Returns one-shot runs within each alphabet: one person drew the support, another the queries.

    It is how the 20 official runs, which `load_lake_runs` reads, were made: each of `ways` random
    characters of an alphabet once in the support and once among the queries. An alphabet with fewer
    characters is left out.

    Args:
        dataset: `FewShotDataset` of classes named `"alphabet/character"`.
        drawers: dict from a class name to who made each of its drawings, as `load_drawers`
            returns it.
        ways: number of characters of a run. Defaults to `20`.
        runs: number of runs of each alphabet. Defaults to `20`.
        seed: non-negative integer or tuple of them. The runs of an alphabet depend on it and on the
            alphabet's characters alone. Defaults to `0`.

    Returns:
        Dict from an alphabet to its runs, one `Episode` with a batch axis of `runs`.

    Raises:
        ValueError: if an argument is out of range, or no alphabet has enough characters.

    Reference: Lake et al., "Human-level concept learning through probabilistic program induction",
    Science, 2015.

    Example:

    >>> from episodes.dataset import FewShotDataset
    >>> dataset = FewShotDataset(np.zeros((5, 3, 8, 8), "uint8"), [f"Latin/{c}" for c in "abcde"])
    >>> drawers = dict.fromkeys(dataset.class_names, np.array([3, 1, 2]))
    >>> draw_alphabet_runs(dataset, drawers, ways=4, runs=9)["Latin"].support.images.shape
    (9, 4, 8, 8)
    """
    check_positive("ways", ways)
    check_positive("runs", runs)
    drawn = {}
    groups = dataset.groups()
    for group in range(groups.max() + 1):
        characters = dataset.select(np.flatnonzero(groups == group))
        if characters.num_classes >= ways:
            alphabet = characters.class_names[0].rpartition("/")[0]
            drawn[alphabet] = _draw_runs(characters, drawers, ways, runs, seed)
    if not drawn:
        most = np.bincount(groups).max()
        raise ValueError(
            f"Argument `ways` must be at most {most}, the characters of the largest alphabet of "
            f"`dataset`. Received: {ways}."
        )
    return drawn


def _draw_runs(characters, drawers, ways, runs, seed):
    by_drawer = np.stack([np.argsort(drawers[name]) for name in characters.class_names])
    sizes = characters.num_classes, characters.num_drawings, ways
    words = np.random.Philox(key=make_key(seed, characters)).random_raw(runs * sum(sizes))
    keys = np.split(words.reshape(runs, -1), np.cumsum(sizes)[:-1], axis=1)
    classes, people, order = (part.argsort(axis=1) for part in keys)
    classes = classes[:, :ways]
    # In another order than the support, which would give their labels away.
    asked = np.take_along_axis(classes, order, axis=1)
    support, query = (
        characters.images[rows, by_drawer[rows, people[:, [person]]]] / np.float32(255)
        for person, rows in enumerate((classes, asked))
    )
    labels = np.broadcast_to(np.arange(ways, dtype=np.int32), classes.shape)
    names = characters.class_names
    return Episode(
        Examples(support, labels),
        Examples(query, order.astype(np.int32)),
        classes,
        tuple(tuple(names[i] for i in row) for row in classes),
    )
