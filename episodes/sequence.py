"""SequenceSampler: episodes as sequences in which the label arrives one step late."""

from typing import NamedTuple

import numpy as np

from episodes._draws import EpisodeDraws, check_positive

_AUGMENTATION_STREAM = 1


class SequenceBatch(NamedTuple):
    """Sequences of images, the label of each given with the next image."""

    inputs: np.ndarray  # float32 (batch, time, height * width + ways)
    targets: np.ndarray  # int32 (batch, time): the label of the image at this step
    instances: np.ndarray  # int32 (batch, time): 1 at the first presentation of a class, then 2...


class SequenceSampler:
    """Samples the episodes of Santoro et al. (2016): classify now, learn the label a step later.

    ```
    step        0           1           2          ...
    image       x_0         x_1         x_2
    label       0           y_0         y_1                (one-hot, zeros at the first step)
    target      y_0         y_1         y_2
    ```

    Each episode draws its classes, gives them the labels 0 to `ways - 1` at random and shows
    `instances` different drawings of each, all in random order. An episode depends on `seed`, the
    classes of `dataset` and its index, never on the size of the batch or on who asks for it.

    Args:
        dataset: `FewShotDataset`, one split. With `rotations` the sampler holds four copies of it.
        ways: number of classes of an episode. Defaults to `5`.
        instances: number of drawings of each class in an episode. Defaults to `10`.
        seed: non-negative integer or tuple of them. Two splits with the same seed have different
            random streams. Defaults to `0`.
        rotations: whether each class of an episode is turned by 0, 90, 180 or 270 degrees, all
            its drawings alike: a turned class is a new class. Defaults to `True`.
        augmentation: `Augmentation` of each image by itself, or `None`. It changes the pixels of
            an episode and nothing else. Defaults to `None`.

    Raises:
        ValueError: if the dataset is too small for the episodes, or its images cannot be turned.

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

    def __init__(self, dataset, ways=5, instances=10, seed=0, rotations=True, augmentation=None):
        check_positive("instances", instances)
        if instances > dataset.num_drawings:
            raise ValueError(
                f"Argument `instances` must be at most {dataset.num_drawings}, the drawings of a "
                f"class in `dataset`, because none is shown twice. Received: {instances}. Lower "
                "`instances` or pass a dataset of more drawings."
            )
        self._draws = EpisodeDraws(dataset, ways, instances, seed, rotations)
        self.dataset = dataset
        self.ways = ways
        self.instances = instances
        self.augmentation = augmentation

    @property
    def num_steps(self):
        return self.ways * self.instances

    @property
    def num_features(self):
        height, width = self.dataset.image_shape
        return height * width + self.ways

    def __getitem__(self, index):
        """Returns episode `index` as a `SequenceBatch` without the batch axis."""
        return SequenceBatch(*(array[0] for array in self.batch(index, 1)))

    def batch(self, first, batch_size):
        """Returns the `SequenceBatch` of episodes `first` to `first + batch_size - 1`."""
        draw = self._draws.draw(first, batch_size)
        order = draw.order_keys.argsort(axis=1)
        rows = np.take_along_axis(draw.rows.reshape(batch_size, -1), order, axis=1)
        images = self._draws.images[rows]
        if self.augmentation is not None:
            words = self._draws.words(
                first, batch_size, 3 * self.num_steps, stream=_AUGMENTATION_STREAM
            )
            images = self._augment(images, words)
        return offset_labels(images, order // self.instances, self.ways)

    def _augment(self, images, words):
        # Turning the class before or after makes no difference: the noise is symmetric.
        noise = (words >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - 1
        images = images.reshape(-1, *self.dataset.image_shape)
        warped = self.augmentation.warp(images, noise.reshape(-1, 3))
        warped /= 255
        return warped.reshape(len(words), self.num_steps, -1)


def offset_labels(images, labels, ways):
    """Returns the `SequenceBatch` that shows the label of each image with the next image.

    Args:
        images: array `(batch, time, pixels)`: uint8 is scaled to [0, 1], floats are kept.
        labels: integer array `(batch, time)` of values from 0 to `ways - 1`.
        ways: number of labels.

    Example:

    >>> images = np.full((1, 3, 1), 255, "uint8")
    >>> sequence = offset_labels(images, np.array([[1, 0, 1]]), ways=2)
    >>> sequence.inputs[0].tolist()
    [[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    >>> sequence.instances.tolist()
    [[1, 1, 2]]
    """
    batch_size, num_steps, num_pixels = images.shape
    one_hot = labels[:, :, None] == np.arange(ways)
    seen = one_hot.cumsum(axis=1, dtype=np.int32)
    instances = np.take_along_axis(seen, labels[:, :, None], axis=2)[:, :, 0]
    inputs = np.empty((batch_size, num_steps, num_pixels + ways), np.float32)
    scale = np.float32(255 if images.dtype == np.uint8 else 1)
    np.divide(images, scale, out=inputs[:, :, :num_pixels])
    inputs[:, 0, num_pixels:] = 0
    inputs[:, 1:, num_pixels:] = one_hot[:, :-1]
    return SequenceBatch(inputs, labels.astype(np.int32), instances)
