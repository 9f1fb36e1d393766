"""The random choices of an episode, the same for every sampler: classes, drawings, rotations."""

import operator
from typing import NamedTuple

import numpy as np

_WORDS_PER_COUNTER = 4  # Philox makes four 64-bit words at each value of its counter.


class Draw(NamedTuple):
    """The choices of a batch of episodes."""

    classes: np.ndarray  # (batch, ways): the class behind each label
    rows: np.ndarray  # (batch, ways, per_class): rows of `EpisodeDraws.images`
    order_keys: np.ndarray  # (batch, ways * per_class): sort them for a random order


class EpisodeDraws:
    """Draws the classes, drawings and rotations of episodes that are addressed by their index.

    Episode `index` owns a fixed block of one Philox counter stream, so it is the same in a batch of
    any size, in any process and at any time; only raw 64-bit words are used, whose values NumPy
    promises to keep between its versions.

    Args:
        dataset: `FewShotDataset`.
        ways: number of distinct classes of an episode; label `i` stands for the `i`-th drawn.
        per_class: number of distinct drawings of each class.
        seed: non-negative integer or tuple of them. The names of the classes are mixed in, so two
            splits given the same seed do not follow the same stream.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees.

    Raises:
        ValueError: if the dataset is too small for the episodes, or its images cannot be turned.
    """

    def __init__(self, dataset, ways, per_class, seed, rotations):
        check_positive("ways", ways)
        if ways > dataset.num_classes:
            raise ValueError(
                f"Argument `ways` must be at most {dataset.num_classes}, the classes of `dataset`, "
                f"because those of an episode are distinct. Received: {ways}. Lower `ways` or pass "
                "a dataset of more classes."
            )
        height, width = dataset.image_shape
        if rotations and height != width:
            raise ValueError(
                "Argument `rotations` needs square images, so that a quarter turn keeps their "
                f"shape. Received: images of {height} x {width}. Pass rotations=False or pad them."
            )
        self.ways = ways
        self.per_class = per_class
        self.num_classes = dataset.num_classes
        self.num_drawings = dataset.num_drawings
        self.num_rotations = 4 if rotations else 1
        turned = [np.rot90(dataset.images, k, axes=(2, 3)) for k in range(self.num_rotations)]
        # One image a row, so that a batch of episodes is a single gather.
        self.images = np.stack(turned).reshape(-1, height * width)
        self._key = _key(seed, dataset)

    def draw(self, first, batch_size):
        """Returns the `Draw` of episodes `first` to `first + batch_size - 1`."""
        ways, per_class, num_drawings = self.ways, self.per_class, self.num_drawings
        sizes = (self.num_classes, ways * num_drawings, ways, ways * per_class)
        words = self.words(first, batch_size, sum(sizes))
        class_keys, drawing_keys, turns, order_keys = np.split(words, np.cumsum(sizes)[:-1], axis=1)
        classes = class_keys.argsort(axis=1)[:, :ways]
        drawing_keys = drawing_keys.reshape(batch_size, ways, num_drawings)
        drawings = drawing_keys.argsort(axis=2)[:, :, :per_class]
        turns = (turns % np.uint64(self.num_rotations)).astype(np.intp)
        rows = ((turns * self.num_classes + classes) * num_drawings)[:, :, None] + drawings
        return Draw(classes, rows, order_keys)

    def words(self, first, batch_size, num_words, stream=0):
        """Returns uint64 `(batch_size, num_words)`: one block of random words per episode.

        Streams are independent: what is drawn from one never changes another.
        """
        first = operator.index(first)
        check_positive("batch_size", batch_size)
        if first < 0:
            raise ValueError(
                f"Argument `first` (the index of an episode) must be 0 or more. Received: {first}."
            )
        counters = -(-num_words // _WORDS_PER_COUNTER)
        philox = np.random.Philox(key=self._key, counter=(stream << 192) + first * counters)
        words = philox.random_raw(batch_size * counters * _WORDS_PER_COUNTER)
        return words.reshape(batch_size, -1)[:, :num_words]


def check_positive(name, value):
    """Raises ValueError unless the argument called `name` is an integer of 1 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"Argument `{name}` must be an integer of 1 or more. Received: {value!r}.")


def _key(seed, dataset):
    try:
        sequence = np.random.SeedSequence((seed, int(dataset.class_hash(), 16)))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "Argument `seed` must be a non-negative integer or a tuple of them. "
            f"Received: {seed!r}."
        ) from error
    return sequence.generate_state(2, np.uint64)
