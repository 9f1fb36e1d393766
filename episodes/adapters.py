"""Feeds any sampler to a loop of one's own: plain NumPy, `tf.data` or `keras.utils.PyDataset`.

A sampler is anything with `batch(first, batch_size)`: `FewShotSampler`, `SequenceSampler` or
`FrozenEpisodes`. Its batches are the same through each of these, whatever the number of workers.
"""

import itertools

import numpy as np

from episodes._draws import check_positive
from episodes.few_shot import Episode


def training_pair(batch):
    """Returns a batch as Keras trains on it: `(inputs, targets)`.

    Episodes of a support set and a query set become `{"support_images", "support_labels",
    "query_images"}` and the labels of the queries; the support's labels are one-hot.

    Args:
        batch: what a sampler's `batch` returned.
    """
    if not isinstance(batch, Episode):
        return batch.inputs, batch.targets
    ways = batch.class_indices.shape[-1]
    inputs = {
        "support_images": batch.support.images,
        "support_labels": np.eye(ways, dtype=np.float32)[batch.support.labels],
        "query_images": batch.query.images,
    }
    return inputs, batch.query.labels


def numpy_batches(sampler, batch_size, num_batches=None, first=0, transform=training_pair):
    """Returns an iterator of the batches of a sampler.

    Args:
        sampler: with `batch(first, batch_size)`.
        batch_size: examples in a batch.
        num_batches: how many. Defaults to `None`: without an end, or the whole batches of
            `FrozenEpisodes`.
        first: index of the first example. Defaults to `0`.
        transform: what to make of a batch. Defaults to `training_pair`.

    Raises:
        ValueError: if `batch_size` is no integer of 1 or more, or `FrozenEpisodes` have not so
            many.

    Example:

    >>> from episodes import FewShotDataset, SequenceSampler
    >>> dataset = FewShotDataset(np.zeros((7, 10, 4, 4), "uint8"), "abcdefg")
    >>> for inputs, targets in numpy_batches(SequenceSampler(dataset), batch_size=2, num_batches=1):
    ...     print(inputs.shape, targets.shape)
    (2, 50, 21) (2, 50)
    """
    num_batches = _num_batches(sampler, batch_size, num_batches, first)
    indices = itertools.count() if num_batches is None else range(num_batches)
    return (transform(sampler.batch(first + index * batch_size, batch_size)) for index in indices)


def _num_batches(sampler, batch_size, num_batches, first):
    check_positive("batch_size", batch_size)
    if num_batches is None and hasattr(sampler, "__len__"):
        num_batches = (len(sampler) - first) // batch_size
        if num_batches < 1:
            raise ValueError(
                f"Argument `batch_size` must be at most the {len(sampler)} episodes of the file, "
                f"less `first`, {first}. Received: {batch_size}."
            )
    return num_batches


def tf_dataset(sampler, batch_size, num_batches=None, first=0, transform=training_pair):
    """Returns a `tf.data.Dataset` of the batches of `numpy_batches`, prepared ahead.

    Arguments are those of `numpy_batches`. Axes keep their size from batch to batch.

    Example: `model.fit(tf_dataset(sampler, batch_size=16, num_batches=1000))`
    """
    import tensorflow as tf

    num_batches = _num_batches(sampler, batch_size, num_batches, first)
    example = transform(sampler.batch(first, batch_size))
    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec(array.shape, array.dtype), example
    )

    def batches():
        return numpy_batches(sampler, batch_size, num_batches, first, transform)

    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    if num_batches is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(num_batches))
    return dataset.prefetch(tf.data.AUTOTUNE)


def py_dataset(
    sampler, batch_size, num_batches, first=0, transform=training_pair, workers=1, **kwargs
):
    """Returns a `keras.utils.PyDataset` of the batches of `numpy_batches`.

    Pass `shuffle=False` to `fit` to have them in order.

    Args:
        sampler: with `batch(first, batch_size)`.
        batch_size: examples in a batch.
        num_batches: batches in an epoch.
        first: index of the first example. Defaults to `0`.
        transform: what to make of a batch. Defaults to `training_pair`.
        workers: threads or processes that prepare batches. Defaults to `1`.
        **kwargs: those of `keras.utils.PyDataset`, such as `use_multiprocessing`.

    Example: `model.fit(py_dataset(sampler, 16, num_batches=1000, workers=2), shuffle=False)`
    """
    import keras

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return num_batches

        def __getitem__(self, index):
            return transform(sampler.batch(first + index * batch_size, batch_size))

    return Batches(workers=workers, **kwargs)
