"""Feeds any sampler to a loop: plain NumPy, `tf.data`, `keras.utils.PyDataset` or PyTorch.

A sampler is anything with `batch(first, batch_size)`, as `episodes.Sampler` says: few-shot
episodes, sequences, functions, algorithmic tasks, graphs, or `FrozenEpisodes`. Its batches are the
same through each of these, whatever the number of workers.
"""

import itertools

import numpy as np

from episodes._checks import check_positive, get_batch_indices
from episodes.few_shot import Episode


def training_pair(batch):
    """Returns a batch as Keras trains on it: `(inputs, targets)`, or `(inputs, targets, weights)`.

    A batch has weights where not all targets count alike; Keras takes them as `sample_weight`.

    Episodes of a support set and a query set become `{"support_images", "support_labels",
    "query_images"}` and the labels of the queries; the support's labels are one-hot.

    Args:
        batch: the batch that a sampler's method `batch` returned.
    """
    if isinstance(batch, Episode):
        ways = batch.class_indices.shape[-1]
        inputs = {
            "support_images": batch.support.images,
            "support_labels": np.eye(ways, dtype=np.float32)[batch.support.labels],
            "query_images": batch.query.images,
        }
        return inputs, batch.query.labels
    if hasattr(batch, "weights"):
        return batch.inputs, batch.targets, batch.weights
    return batch.inputs, batch.targets


def numpy_batches(sampler, batch_size, num_batches=None, first=0, transform=training_pair):
    """Returns an iterator of the batches of a sampler.

    Args:
        sampler: object with a method `batch(first, batch_size)`.
        batch_size: number of examples in a batch.
        num_batches: number of batches. Defaults to `None`: batches without an end, or all whole
            batches of `FrozenEpisodes`.
        first: index of the first example. Defaults to `0`.
        transform: function from a batch to the item to yield. Defaults to `training_pair`.

    Raises:
        ValueError: if `sampler` has no method `batch`, a number is out of range, or
            `FrozenEpisodes` hold fewer batches.

    Example:

    >>> from episodes import FewShotDataset, SequenceSampler
    >>> dataset = FewShotDataset(np.zeros((7, 10, 4, 4), "uint8"), "abcdefg")
    >>> for inputs, targets in numpy_batches(SequenceSampler(dataset), batch_size=2, num_batches=1):
    ...     print(inputs.shape, targets.shape)
    (2, 50, 21) (2, 50)
    """
    batches = _Batches(sampler, batch_size, num_batches, first, transform)
    indices = itertools.count() if batches.num_batches is None else range(batches.num_batches)
    return map(batches.get, indices)


def tf_dataset(
    sampler, batch_size, num_batches=None, first=0, transform=training_pair, any_length=False
):
    """Returns a `tf.data.Dataset` of the batches of `numpy_batches`, prepared ahead.

    Args:
        sampler: object with a method `batch(first, batch_size)`.
        batch_size: number of examples in a batch.
        num_batches: as in `numpy_batches`. Defaults to `None`.
        first: index of the first example. Defaults to `0`.
        transform: function from a batch to the item to yield. Defaults to `training_pair`.
        any_length: whether the length of the sequences, the second axis of arrays that have one,
            may differ from batch to batch. Defaults to `False`: as in the first batch.

    Example: `model.fit(tf_dataset(sampler, batch_size=16, num_batches=1000))`
    """
    import tensorflow as tf

    def specify(array):
        shape = list(array.shape)
        if any_length:
            shape[1:2] = [None] * len(shape[1:2])
        return tf.TensorSpec(shape, array.dtype)

    batches = _Batches(sampler, batch_size, num_batches, first, transform)
    signature = tf.nest.map_structure(specify, batches.get(0))
    dataset = tf.data.Dataset.from_generator(
        lambda: numpy_batches(sampler, batch_size, num_batches, first, transform),
        output_signature=signature,
    )
    if batches.num_batches is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(batches.num_batches))
    return dataset.prefetch(tf.data.AUTOTUNE)


def py_dataset(
    sampler, batch_size, num_batches=None, first=0, transform=training_pair, workers=1, **kwargs
):
    """Returns a `keras.utils.PyDataset` of the batches of `numpy_batches`.

    Pass `shuffle=False` to `fit` to have them in order.

    Args:
        sampler: object with a method `batch(first, batch_size)`.
        batch_size: number of examples in a batch.
        num_batches: number of batches in an epoch. Only `FrozenEpisodes` may leave it out.
        first: index of the first example. Defaults to `0`.
        transform: function from a batch to the item to yield. Defaults to `training_pair`.
        workers: threads or processes that prepare batches. Defaults to `1`.
        **kwargs: arguments of `keras.utils.PyDataset`, such as `use_multiprocessing`.

    Example: `model.fit(py_dataset(sampler, 16, num_batches=1000, workers=2), shuffle=False)`
    """
    import keras

    batches = _Epoch(sampler, batch_size, num_batches, first, transform)

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            return batches[index]

    return Batches(workers=workers, **kwargs)


def torch_dataset(sampler, batch_size, num_batches=None, first=0, transform=training_pair):
    """Returns the batches of `numpy_batches` as a data set for PyTorch's `DataLoader`.

    Each item is a whole batch, so the loader must not make batches of its own:
    `DataLoader(dataset, batch_size=None)`. Signed integers, such as labels, become int64, as
    PyTorch's losses need. See `numpy_batches` for the arguments; only `FrozenEpisodes` may leave
    out `num_batches`.

    Example: `DataLoader(torch_dataset(sampler, 16, num_batches=1000), batch_size=None,
    num_workers=2)`
    """
    return _TorchEpoch(sampler, batch_size, num_batches, first, transform)


class _Batches:
    """Batches by their index; `num_batches` is `None` where they have no end."""

    def __init__(self, sampler, batch_size, num_batches, first, transform):
        if not callable(getattr(sampler, "batch", None)):
            raise ValueError(
                "Argument `sampler` must have a method batch(first, batch_size), as "
                f"episodes.Sampler says. Received: {type(sampler).__name__}."
            )
        get_batch_indices(first, batch_size)
        if num_batches is not None:
            check_positive("num_batches", num_batches)
        if hasattr(sampler, "__len__"):
            most = (len(sampler) - first) // batch_size
            if most < 1:
                raise ValueError(
                    "Argument `batch_size` must be at most the number of examples of `sampler`, "
                    f"{len(sampler)}, less `first`, {first}. Received: {batch_size}."
                )
            if num_batches is not None and num_batches > most:
                raise ValueError(
                    f"Argument `num_batches` must be at most {most}, the number of whole batches: "
                    f"`sampler` has a length of {len(sampler)}, less `first`, {first}. "
                    f"Received: {num_batches}."
                )
            num_batches = most if num_batches is None else num_batches
        self.num_batches = num_batches
        self._sampler, self._batch_size, self._first = sampler, batch_size, first
        self._transform = transform

    def get(self, index):
        first = self._first + index * self._batch_size
        return self._transform(self._sampler.batch(first, self._batch_size))


class _Epoch(_Batches):
    """A known number of batches, as a sequence that Keras and PyTorch take."""

    def __init__(self, sampler, batch_size, num_batches, first, transform):
        super().__init__(sampler, batch_size, num_batches, first, transform)
        if self.num_batches is None:
            raise ValueError(
                f"Argument `num_batches` must be given: {type(sampler).__name__} has no end."
            )

    def __len__(self):
        return self.num_batches

    def __getitem__(self, index):
        # Beyond the last, the range raises the IndexError that ends a loop.
        return self.get(range(self.num_batches)[index])


class _TorchEpoch(_Epoch):
    def __getitem__(self, index):
        return _convert_to_int64(super().__getitem__(index))


def _convert_to_int64(part):
    if isinstance(part, dict):
        return {name: _convert_to_int64(value) for name, value in part.items()}
    if isinstance(part, tuple):
        values = map(_convert_to_int64, part)
        return type(part)(*values) if hasattr(part, "_fields") else tuple(values)
    if isinstance(part, np.ndarray) and np.issubdtype(part.dtype, np.signedinteger):
        return part.astype(np.int64)
    return part
