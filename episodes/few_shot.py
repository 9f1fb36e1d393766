"""FewShotSampler: N-way K-shot episodes of a support set and a query set."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_positive, get_batch_indices
from episodes._episode_draws import EpisodeDraws
from episodes.labels import make_one_hot_codes
from episodes.sampler import Sampler
from episodes.sequence import offset_labels


class Examples(NamedTuple):
    """Labelled images in random order; for many episodes, with a batch axis in front."""

    images: np.ndarray  # float32 (num_images, height, width[, channels]), from 0 to 1
    labels: np.ndarray  # int32 (num_images,), from 0 to ways - 1


class Episode(NamedTuple):
    """One N-way K-shot task, or many: learn the labels from `support`, be scored on `query`.

    With many, every array has a batch axis in front.
    """

    support: Examples
    query: Examples
    class_indices: np.ndarray  # (ways,): the class of the dataset behind each label
    class_names: tuple[str, ...]  # (ways,)

    def as_sequence(self):
        """Returns a `SequenceBatch` with one sequence per query: the support, then that query.

        Only the last step is to be scored: its target is the label of the query, which is never
        shown. A sequence has `ways * shots + 1` steps; those of a batch of episodes follow each
        other.
        """
        support, query = self.support, self.query
        ways, num_queries = self.class_indices.shape[-1], query.labels.shape[-1]
        num_support = support.labels.shape[-1]
        pixels = query.images.reshape(query.labels.size, 1, -1)
        labels = query.labels.reshape(-1, 1)
        supports = support.images.reshape(-1, num_support, pixels.shape[-1])
        images = np.concatenate([supports.repeat(num_queries, axis=0), pixels], axis=1)
        shown = support.labels.reshape(-1, num_support).repeat(num_queries, axis=0)
        labels = np.concatenate([shown, labels], axis=1)
        return offset_labels(images, labels, make_one_hot_codes(len(labels), ways, ways))


class FewShotSampler(Sampler):
    """Samples N-way K-shot episodes: `sampler[index]` is an `Episode`, the same at every call.

    Each episode samples `ways` classes and gives them the labels 0 to `ways - 1` at random; no
    drawing is in it twice. An episode depends on `seed`, the classes of `dataset` and its index.

    Args:
        dataset: `FewShotDataset`, one split. With `rotations` the sampler holds four copies of it.
        ways: number of classes of an episode. Defaults to `5`.
        shots: number of support images of each class. Defaults to `1`.
        queries: number of query images of each class. Defaults to `5`.
        seed: non-negative integer or tuple of them. Two splits with the same seed have different
            random streams. Defaults to `0`.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees, all
            its drawings alike: a turned class is a new class. Defaults to `False`.
        augmentation: `Augmentation` of each image by itself, or `None`. It changes the pixels of
            an episode and nothing else. Defaults to `None`.
        within_group: fraction of the episodes whose classes come from one group, as
            `FewShotDataset.groups` has them, such as an alphabet; where a group has fewer than
            `ways`, from whole groups until there are enough. The classes of a group are turned
            alike. Defaults to `0.0`.

    Raises:
        ValueError: if the dataset is too small for the episodes, or its images cannot be turned.

    Example:

    >>> from episodes.dataset import FewShotDataset
    >>> images = np.zeros((7, 20, 4, 4), "uint8")
    >>> sampler = FewShotSampler(FewShotDataset(images, "abcdefg"), ways=5, shots=1, queries=3)
    >>> episode = sampler[17]
    >>> episode.support.images.shape, episode.query.labels.shape
    ((5, 4, 4), (15,))
    >>> episode.as_sequence().inputs.shape
    (15, 6, 21)
    >>> sampler.batch(first=32, batch_size=8).support.images.shape
    (8, 5, 4, 4)
    """

    def __init__(
        self,
        dataset,
        ways=5,
        shots=1,
        queries=5,
        seed=0,
        rotations=False,
        augmentation=None,
        within_group=0.0,
    ):
        check_positive("shots", shots)
        check_positive("queries", queries)
        dataset.check_drawings(shots + queries, f"Arguments shots={shots} and queries={queries}")
        self._draws = EpisodeDraws(
            dataset, ways, shots + queries, seed, rotations, augmentation, within_group
        )
        self.dataset = dataset
        self.ways = ways
        self.shots = shots
        self.queries = queries
        self.augmentation = augmentation

    def batch(self, first, batch_size):
        """Returns episodes `first` to `first + batch_size - 1` as one `Episode` with a batch axis.

        Its `class_names` are a tuple of tuples.
        """
        indices = get_batch_indices(first, batch_size)
        classes, rows, order_keys = self._draws.draw(indices.start, len(indices))
        num_support = self.ways * self.shots
        parts = (
            self._in_order(rows[:, :, : self.shots], order_keys[:, :num_support]),
            self._in_order(rows[:, :, self.shots :], order_keys[:, num_support:]),
        )
        rows = np.concatenate([rows for rows, _ in parts], axis=1)
        images = self._draws.gather_pixels(rows, indices.start)
        if images.dtype == np.uint8:
            images = images / np.float32(255)
        images = images.reshape(*rows.shape, *self.dataset.image_shape)
        names = self.dataset.class_names
        return Episode(
            Examples(images[:, :num_support], parts[0][1]),
            Examples(images[:, num_support:], parts[1][1]),
            classes,
            tuple(tuple(names[i] for i in row) for row in classes),
        )

    @staticmethod
    def _in_order(rows, order_keys):
        """Returns rows and labels of one part in random order, each `(batch, images)`."""
        # Sorted by label, the position of an image would reveal its label.
        order = order_keys.argsort(axis=1)
        labels = (order // rows.shape[2]).astype(np.int32)
        return np.take_along_axis(rows.reshape(len(rows), -1), order, axis=1), labels
