"""SequenceSampler: episodes as sequences in which the label arrives one step late."""

import copy
import math
from typing import NamedTuple

import numpy as np

from episodes._checks import check_number, check_positive, get_batch_indices
from episodes._episode_draws import CODES_STREAM, SHOTS_STREAM, EpisodeDraws
from episodes.labels import (
    count_string_words,
    get_label_shape,
    make_one_hot_codes,
    make_string_codes,
)
from episodes.sampler import Sampler

_MOST_SHOTS_FIRST = 5


class SequenceBatch(NamedTuple):
    """Sequences of images; the label of each image is given with the next one."""

    inputs: np.ndarray  # float32 (batch, time, pixels of an image + size of a label)
    targets: np.ndarray  # int32 (batch, time[, 5]): the label of the image, or its 5 symbols
    instances: np.ndarray  # int32 (batch, time): 1 at the first presentation of a class, then 2...


class SequenceSampler(Sampler):
    """Samples the episodes of Santoro et al. (2016): classify now, learn the label a step later.

    ```
    step        0           1           2          ...
    image       x_0         x_1         x_2
    label       0           y_0         y_1                (one-hot, zeros at the first step)
    target      y_0         y_1         y_2
    ```

    Each episode samples its classes, gives them the labels 0 to `ways - 1` at random and shows
    `instances` different drawings of each, all in random order. An episode depends on `seed`, the
    classes of `dataset` and its index, never on the size or the origin of the batch.

    Args:
        dataset: `FewShotDataset`, one split. With `rotations` the sampler holds four copies of it.
        ways: number of classes of an episode. Defaults to `5`.
        instances: number of drawings of each class in an episode. Defaults to `10`.
        seed: non-negative integer or tuple of them. Two splits with the same seed have different
            random streams. Defaults to `0`.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees, all
            its drawings alike: a turned class is a new class. Defaults to `False`.
        augmentation: `Augmentation` of each image by itself, or `None`. It changes the pixels of
            an episode and nothing else. Defaults to `None`.
        labels: `"one_hot"`, or `"string"` for labels that are five letters out of a to e, a new
            random string for each class of an episode: 25 numbers in, five letters to predict.
            Defaults to `"one_hot"`.
        num_labels: width of a one-hot label, `ways` or more. Defaults to `None`: `ways`.
        consecutive: episodes in a sequence, one after the other, each with classes and labels of
            its own. With more than one, a memory that is never wiped must forget. Defaults to `1`.
        shots_first: fraction of the episodes that begin with equally many drawings of each class,
            from 1 to 5 of them, before the others come, as in N-way K-shot episodes. Defaults to
            `0.0`: all drawings in random order.

    Raises:
        ValueError: if the dataset is too small for the episodes, or its images cannot be turned,
            or an argument is out of range.

    Reference: Santoro et al., "Meta-Learning with Memory-Augmented Neural Networks", ICML 2016.

    Example:

    >>> from episodes.dataset import FewShotDataset
    >>> images = np.zeros((7, 10, 4, 4), "uint8")
    >>> sampler = SequenceSampler(FewShotDataset(images, "abcdefg"), ways=5, instances=10)
    >>> sampler.batch(first=32, batch_size=16).inputs.shape
    (16, 50, 21)
    >>> sampler[17].targets.shape
    (50,)
    """

    def __init__(
        self,
        dataset,
        ways=5,
        instances=10,
        seed=0,
        rotations=False,
        augmentation=None,
        labels="one_hot",
        num_labels=None,
        consecutive=1,
        shots_first=0.0,
    ):
        check_positive("instances", instances)
        check_positive("consecutive", consecutive)
        check_number("shots_first", shots_first, most=1)
        dataset.check_drawings(instances, f"Argument `instances` is {instances}")
        self._draws = EpisodeDraws(dataset, ways, instances, seed, rotations, augmentation)
        self.dataset = dataset
        self.ways = ways
        self.instances = instances
        self.labels = labels
        self.num_labels = ways if num_labels is None else check_positive("num_labels", num_labels)
        self.label_shape = get_label_shape(labels, self.num_labels)
        self.consecutive = consecutive
        self.shots_first = shots_first
        self._check_labels()

    @property
    def num_steps(self):
        return self.consecutive * self.ways * self.instances

    @property
    def num_features(self):
        return math.prod(self.dataset.image_shape) + math.prod(self.label_shape)

    def with_ways(self, ways):
        """Returns a sampler of episodes of `ways` classes that is like this one otherwise.

        It shares the images, so that it costs no memory.
        """
        other = copy.copy(self)
        other._draws = self._draws.with_ways(ways)
        other.ways = ways
        other._check_labels()
        return other

    def batch(self, first, batch_size):
        """Returns the `SequenceBatch` of sequences `first` to `first + batch_size - 1`."""
        indices = get_batch_indices(first, batch_size)
        parts = self._sample_episodes(
            indices.start * self.consecutive, len(indices) * self.consecutive
        )
        if self.consecutive > 1:
            parts = [part.reshape(len(indices), self.num_steps, *part.shape[2:]) for part in parts]
        return SequenceBatch(*parts)

    def _sample_episodes(self, first, num_episodes):
        draw = self._draws.draw(first, num_episodes)
        order = self._compute_order_keys(draw, first).argsort(axis=1)
        rows = np.take_along_axis(draw.rows.reshape(num_episodes, -1), order, axis=1)
        images = self._draws.gather_pixels(rows, first)
        return offset_labels(images, order // self.instances, self._make_codes(first, num_episodes))

    def _compute_order_keys(self, draw, first):
        if not self.shots_first:
            return draw.order_keys
        chosen, shots = self._draws.generate_words(
            first, len(draw.order_keys), 2, stream=SHOTS_STREAM
        ).T
        # Shots go from 1 to 5, and at least one drawing of a class is left to classify.
        shots = 1 + shots % np.uint64(max(1, min(_MOST_SHOTS_FIRST, self.instances - 1)))
        chosen = (chosen >> np.uint64(11)) * 2.0**-53 < self.shots_first
        shots = np.where(chosen, shots, 0)
        drawing = np.arange(draw.order_keys.shape[1]) % self.instances
        later = (drawing >= shots[:, None]).astype(np.uint64)
        return draw.order_keys >> np.uint64(1) | later << np.uint64(63)

    def _make_codes(self, first, num_episodes):
        if self.labels == "one_hot":
            return make_one_hot_codes(num_episodes, self.ways, self.num_labels)
        words = self._draws.generate_words(
            first, num_episodes, count_string_words(), stream=CODES_STREAM
        )
        return make_string_codes(words, self.ways)

    def _check_labels(self):
        most = count_string_words() if self.labels == "string" else self.num_labels
        if self.ways > most:
            raise ValueError(
                f"Argument `ways` must be at most {most}, the number of different labels. "
                f"Received: {self.ways}. Raise `num_labels` or lower `ways`."
            )


def offset_labels(images, labels, codes):
    """Returns the `SequenceBatch` that shows the label of each image with the next image.

    Args:
        images: array `(batch, time, pixels)`: uint8 is scaled to [0, 1], floats are kept.
        labels: integer array `(batch, time)` of values from 0 to `ways - 1`.
        codes: `episodes.labels.Codes` of the labels.

    Example:

    >>> images = np.full((1, 3, 1), 255, "uint8")
    >>> sequence = offset_labels(images, np.array([[1, 0, 1]]), make_one_hot_codes(1, 2, 2))
    >>> sequence.inputs[0].tolist()
    [[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    >>> sequence.instances.tolist()
    [[1, 1, 2]]
    """
    batch_size, num_steps, num_pixels = images.shape
    seen = (labels[:, :, None] == np.arange(codes.symbols.shape[1])).cumsum(axis=1, dtype=np.int32)
    instances = np.take_along_axis(seen, labels[:, :, None], axis=2)[:, :, 0]
    one_hots, symbols = codes.encode(labels)
    inputs = np.empty((batch_size, num_steps, num_pixels + one_hots.shape[2]), np.float32)
    scale = np.float32(255 if images.dtype == np.uint8 else 1)
    np.divide(images, scale, out=inputs[:, :, :num_pixels])
    inputs[:, 0, num_pixels:] = 0
    inputs[:, 1:, num_pixels:] = one_hots[:, :-1]
    targets = symbols[:, :, 0] if symbols.shape[2] == 1 else symbols
    return SequenceBatch(inputs, targets, instances)
