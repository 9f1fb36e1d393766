"""IndexSampler: which drawings are in an episode, for those who have their features already."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_positive, get_batch_indices
from episodes._episode_draws import EpisodeDraws
from episodes.sampler import Sampler


class Indices(NamedTuple):
    """The drawings of an episode; for many episodes, with a batch axis in front."""

    classes: np.ndarray  # (ways,): the class of the dataset behind each label
    drawings: np.ndarray  # (ways, per_class): indices of drawings of that class
    order: np.ndarray  # (ways * per_class,): a random order of all of them


class IndexSampler(Sampler):
    """Samples the drawings of episodes, without their pixels and not turned.

    Where an episode has many classes, each image is better encoded once than in every episode
    again. An episode depends on `seed`, the classes of `dataset` and its index; no drawing is in it
    twice.

    Args:
        dataset: `FewShotDataset`, one split.
        ways: number of classes of an episode.
        per_class: number of drawings of each class.
        seed: non-negative integer or tuple of them. Defaults to `0`.

    Raises:
        ValueError: if the dataset is too small for the episodes.

    Example:

    >>> from episodes.dataset import FewShotDataset
    >>> dataset = FewShotDataset(np.zeros((7, 20, 4, 4), "uint8"), "abcdefg")
    >>> classes, drawings, order = IndexSampler(dataset, ways=5, per_class=3)[17]
    >>> classes.shape, drawings.shape, sorted(order.tolist()) == list(range(15))
    ((5,), (5, 3), True)
    """

    def __init__(self, dataset, ways, per_class, seed=0):
        check_positive("per_class", per_class)
        dataset.check_drawings(per_class, f"Argument per_class={per_class}")
        self._draws = EpisodeDraws(dataset, ways, per_class, seed, rotations=False)
        self.dataset = dataset
        self.ways = ways
        self.per_class = per_class

    def batch(self, first, batch_size):
        """Returns episodes `first` to `first + batch_size - 1` as `Indices` with a batch axis."""
        indices = get_batch_indices(first, batch_size)
        classes, rows, order_keys = self._draws.draw(indices.start, len(indices))
        return Indices(classes, rows % self.dataset.num_drawings, order_keys.argsort(axis=1))
