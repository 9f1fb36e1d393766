"""FewShotSampler: N-way K-shot episodes of a support set and a query set."""

from typing import NamedTuple

import numpy as np

from episodes._draws import EpisodeDraws, check_positive
from episodes.sequence import offset_labels


class Examples(NamedTuple):
    """Labelled images in random order."""

    images: np.ndarray  # float32 (num_images, height, width), from 0 (paper) to 1 (full ink)
    labels: np.ndarray  # int32 (num_images,), from 0 to ways - 1


class Episode(NamedTuple):
    """One N-way K-shot task: learn the labels from `support`, be scored on `query`."""

    support: Examples
    query: Examples
    class_indices: np.ndarray  # (ways,): the class of the dataset behind each label
    class_names: tuple[str, ...]  # (ways,)

    def as_sequence(self):
        """Returns a `SequenceBatch` with one sequence per query: the support, then that query.

        Only the last step is to be scored: its target is the label of the query, which is never
        shown. The time is `ways * shots + 1`.
        """
        support, query = self.support, self.query
        num_queries, num_support = len(query.labels), len(support.labels)
        images = np.empty((num_queries, num_support + 1, query.images[0].size), np.float32)
        images[:, :-1] = support.images.reshape(num_support, -1)
        images[:, -1] = query.images.reshape(num_queries, -1)
        labels = np.empty(images.shape[:2], np.int32)
        labels[:, :-1] = support.labels
        labels[:, -1] = query.labels
        return offset_labels(images, labels, len(self.class_indices))


class FewShotSampler:
    """Samples N-way K-shot episodes: `sampler[index]` is an `Episode`, the same at every call.

    Each episode draws `ways` classes and gives them the labels 0 to `ways - 1` at random; no
    drawing is in it twice. An episode depends on `seed`, the classes of `dataset` and its index.

    Args:
        dataset: `FewShotDataset`, one split. With `rotations` the sampler holds four copies of it.
        ways: number of classes of an episode.
        shots: number of support images of each class.
        queries: number of query images of each class.
        seed: non-negative integer or tuple of them. Two splits with the same seed have different
            random streams. Defaults to `0`.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees, all
            its drawings alike: a turned class is a new class. Defaults to `False`.

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
    """

    def __init__(self, dataset, ways, shots, queries, seed=0, rotations=False):
        check_positive("shots", shots)
        check_positive("queries", queries)
        if shots + queries > dataset.num_drawings:
            raise ValueError(
                "Arguments `shots` and `queries` must add up to at most "
                f"{dataset.num_drawings}, the drawings of a class in `dataset`, because none is "
                f"used twice. Received: shots={shots}, queries={queries}. Lower one of them or "
                "pass a dataset of more drawings."
            )
        self._draws = EpisodeDraws(dataset, ways, shots + queries, seed, rotations)
        self.dataset = dataset
        self.ways = ways
        self.shots = shots
        self.queries = queries

    def __getitem__(self, index):
        """Returns `Episode` number `index`, from 0 on without an end."""
        classes, rows, order_keys = (array[0] for array in self._draws.draw(index, 1))
        num_support = self.ways * self.shots
        return Episode(
            self._examples(rows[:, : self.shots], order_keys[:num_support]),
            self._examples(rows[:, self.shots :], order_keys[num_support:]),
            classes,
            tuple(self.dataset.class_names[i] for i in classes),
        )

    def _examples(self, rows, order_keys):
        # In order of label, the position of an image would tell its label.
        order = order_keys.argsort()
        images = self._draws.images[rows.reshape(-1)[order]] / np.float32(255)
        labels = order // rows.shape[1]
        return Examples(images.reshape(-1, *self.dataset.image_shape), labels.astype(np.int32))
