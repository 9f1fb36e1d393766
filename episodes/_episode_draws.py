"""The random choices of episodes, shared by all samplers.

The classes, with their labels shuffled in each episode, the drawings and the rotations.
"""

import copy
import math
from typing import NamedTuple

import numpy as np

from episodes._checks import check_number, check_positive, check_seed

_WORDS_PER_COUNTER = 4  # Philox makes four 64-bit words at each value of its counter.
# Streams of random words beside that of classes, drawings and orders.
_AUGMENTATION_STREAM, CODES_STREAM, SHOTS_STREAM, _GROUPS_STREAM = 1, 2, 3, 4


class Draw(NamedTuple):
    """The choices of a batch of episodes."""

    classes: np.ndarray  # (batch, ways): the class behind each label
    rows: np.ndarray  # (batch, ways, per_class): rows of `EpisodeDraws.images`
    order_keys: np.ndarray  # (batch, ways * per_class): sort them for a random order


class EpisodeDraws:
    """Samples the classes, drawings and rotations of episodes that are addressed by their index.

    Episode `index` owns a fixed block of one Philox counter stream, so it is the same in a batch of
    any size, in any process and at any time; only raw 64-bit words are used, whose values NumPy
    promises to keep between its versions.

    Args:
        dataset: `FewShotDataset`.
        ways: number of distinct classes of an episode; label `i` stands for the `i`-th sampled.
        per_class: number of distinct drawings of each class in an episode.
        seed: non-negative integer or tuple of them. The names of the classes are mixed in, so two
            splits given the same seed do not follow the same stream.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees.
        augmentation: `Augmentation` of each image by itself, or `None`.
        within_group: fraction of the episodes whose classes come from one group of classes, such as
            an alphabet, or from as few as have enough. The classes of a group are turned alike.

    Raises:
        ValueError: if the dataset is too small for the episodes, or its images cannot be turned.
    """

    def __init__(
        self, dataset, ways, per_class, seed, rotations, augmentation=None, within_group=0.0
    ):
        height, width = dataset.image_shape[:2]
        if rotations and height != width:
            raise ValueError(
                "Argument `rotations` needs square images, so that a quarter turn keeps their "
                f"shape. Received: images of {height} x {width}. Pass rotations=False or pad them."
            )
        self.per_class = per_class
        self.num_classes = dataset.num_classes
        self.num_drawings = dataset.num_drawings
        self.num_rotations = 4 if rotations else 1
        self.image_shape = dataset.image_shape
        self.augmentation = augmentation
        turned = [np.rot90(dataset.images, k, axes=(2, 3)) for k in range(self.num_rotations)]
        # One image a row, so that a batch of episodes is a single gather.
        self.images = np.stack(turned).reshape(-1, math.prod(dataset.image_shape))
        even = np.all(dataset.counts == dataset.num_drawings)
        self._counts = None if even else dataset.counts
        self._key = make_key(seed, dataset)
        check_number("within_group", within_group, most=1)
        self._within_group = within_group
        self._groups = dataset.groups() if within_group else None
        self._set_ways(ways)

    def with_ways(self, ways):
        """Returns a copy with `ways` classes in an episode, which shares the images."""
        other = copy.copy(self)
        other._set_ways(ways)
        return other

    def _set_ways(self, ways):
        check_positive("ways", ways)
        if ways > self.num_classes:
            raise ValueError(
                f"Argument `ways` must be at most {self.num_classes}, the classes of `dataset`, "
                f"because an episode has distinct classes. Received: {ways}. Lower `ways` or pass "
                "a dataset of more classes."
            )
        self.ways = ways

    def draw(self, first, batch_size):
        """Returns the `Draw` of episodes `first` to `first + batch_size - 1`."""
        ways, per_class, num_drawings = self.ways, self.per_class, self.num_drawings
        sizes = (self.num_classes, ways * num_drawings, ways, ways * per_class)
        words = self.generate_words(first, batch_size, sum(sizes))
        class_keys, drawing_keys, turns, order_keys = np.split(words, np.cumsum(sizes)[:-1], axis=1)
        group_keys = self._draw_group_keys(first, batch_size)
        classes = _shuffle_labels(class_keys, ways, group_keys)
        drawing_keys = drawing_keys.reshape(batch_size, ways, num_drawings)
        if self._counts is not None:
            # Padding sorts last, so that it is never chosen.
            padding = np.arange(num_drawings) >= self._counts[classes][:, :, None]
            drawing_keys = np.where(padding, np.uint64(2**64 - 1), drawing_keys)
        drawings = drawing_keys.argsort(axis=2)[:, :, :per_class]
        if group_keys is not None:
            within = np.take_along_axis(group_keys, classes, axis=1)
            turns = np.where(within, within, turns)
        turns = (turns % np.uint64(self.num_rotations)).astype(np.intp)
        rows = ((turns * self.num_classes + classes) * num_drawings)[:, :, None] + drawings
        return Draw(classes, rows, order_keys)

    def _draw_group_keys(self, first, batch_size):
        """Returns a random word above zero for the group of each class, `(batch, num_classes)`.

        It is zero in episodes of classes from anywhere. `None` if all are.
        """
        if self._groups is None:
            return None
        num_groups = int(self._groups.max()) + 1
        words = self.generate_words(first, batch_size, 1 + num_groups, stream=_GROUPS_STREAM)
        within = (words[:, :1] >> np.uint64(11)) * 2.0**-53 < self._within_group
        return np.where(within, words[:, 1:] | np.uint64(1 << 63), np.uint64(0))[:, self._groups]

    def gather_pixels(self, rows, first):
        """Returns the images of rows, augmented if there is an augmentation.

        Args:
            rows: `(batch, images)`, rows of `images`.
            first: index of the first episode of the batch.

        Returns:
            Array `(batch, images, pixels)`: uint8, or, if augmented, float32 from 0 to 1.
        """
        pixels = self.images.take(rows, axis=0)
        if self.augmentation is None:
            return pixels
        batch_size, num_images = rows.shape
        size = self.augmentation.noise_size
        words = self.generate_words(
            first, batch_size, size * num_images, stream=_AUGMENTATION_STREAM
        )
        # Turning the class before or after makes no difference: the noise is symmetric.
        noise = (words >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - 1
        images = pixels.reshape(-1, *self.image_shape)
        warped = self.augmentation.warp(images, noise.reshape(-1, size))
        warped /= 255
        return warped.reshape(pixels.shape)

    def generate_words(self, first, batch_size, num_words, stream=0):
        """Returns uint64 `(batch_size, num_words)`: one block of random words per episode.

        Streams are independent: words of one stream never change those of another.
        """
        counters = -(-num_words // _WORDS_PER_COUNTER)
        philox = np.random.Philox(key=self._key, counter=(stream << 192) + first * counters)
        words = philox.random_raw(batch_size * counters * _WORDS_PER_COUNTER)
        return words.reshape(batch_size, -1)[:, :num_words]


def _shuffle_labels(keys, ways, group_keys=None):
    """Returns the class of each label: `ways` classes of each episode, in a random order.

    They are the classes of the smallest keys, the smallest first. With keys of groups, they are
    those of the groups with the smallest, and of the last of them the classes of the smallest keys.

    Args:
        keys: random words `(batch, num_classes)`.
        ways: number of classes of an episode.
        group_keys: words `(batch, num_classes)`, the same for all classes of a group. Defaults to
            `None`: no groups.
    """
    if ways == keys.shape[1]:
        return keys.argsort(axis=1)
    # Much faster than sorting all of them, where there are many classes.
    if group_keys is None:
        chosen = keys.argpartition(ways - 1, axis=1)[:, :ways]
    else:
        chosen = np.lexsort((keys, group_keys))[:, :ways]
    order = np.take_along_axis(keys, chosen, axis=1).argsort(axis=1)
    return np.take_along_axis(chosen, order, axis=1)


def make_key(seed, dataset):
    """Returns the key of the random words of a seed, into which the class names are mixed."""
    sequence = np.random.SeedSequence((*check_seed(seed), int(dataset.class_hash(), 16)))
    return sequence.generate_state(2, np.uint64)
