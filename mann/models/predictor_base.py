"""Predictor: the base of the predictors, and the few sizes of batches that they call models on."""

import threading

import numpy as np

# Sizes of batches of images, but for a single one: only these, as a model is compiled anew for each
# shape.
_AT_ONCE = (512, 8)


class Predictor:
    """Learns a support set, then answers queries.

    Several threads may use it: they take turns, since a Keras model shares its compiled functions
    and, on some backends, its variables between threads.

    Args:
        encoder: model from images `(batch, *image_shape)` to features `(batch, features)`, or
            `None`: the pixels are the features.
        most_ways: most classes that it can distinguish. Defaults to `None`: any number.
    """

    def __init__(self, encoder, most_ways=None):
        self.most_ways = most_ways
        self.encoder = encoder
        self._lock = threading.Lock()

    def score(self, support_images, support_labels, query_images, ways):
        """Returns the log-probability of each class for each query, `(batch, queries, ways)`.

        Args:
            support_images: float32 `(batch, support, *image_shape)`, from 0 to 1.
            support_labels: integers `(batch, support)`, from 0 to `ways - 1`.
            query_images: float32 `(batch, queries, *image_shape)`.
            ways: number of classes.
        """
        return self.answer(self.learn(support_images, support_labels, ways), query_images)

    def learn(self, support_images, support_labels, ways):
        """Returns what `answer` needs to know about a support set; see `score`."""
        raise NotImplementedError

    def answer(self, learned, query_images):
        """Returns the log-probabilities of queries, given the value that `learn` returned."""
        raise NotImplementedError

    def encode(self, images):
        """Returns the features `(batch, images, features)` of `(batch, images, *image_shape)`."""
        if self.encoder is None:
            return images.reshape(*images.shape[:2], -1)
        flat = images.reshape(-1, *images.shape[2:])
        with self._lock:
            parts = [self.encoder.predict_on_batch(flat[rows]) for rows in split_rows(len(flat))]
        return np.concatenate(parts)[: len(flat)].reshape(*images.shape[:2], -1)

    def encode_directions(self, images):
        """Returns the features of `encode` at length one, so that their products are cosines."""
        features = self.encode(images).astype(np.float64)
        return features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), 1e-9)


def split_rows(number, sizes=_AT_ONCE):
    """Yields the indices of rows in batches of few sizes; the last batch may repeat the last row.

    A single row, as of someone who waits for its answer, comes alone.

    >>> [len(rows) for rows in split_rows(1030)]
    [512, 512, 8]
    >>> [len(rows) for rows in split_rows(1)]
    [1]
    """
    first = 0
    if number == 1:
        sizes = (1,)
    while first < number:
        size = next((size for size in sizes if size <= number - first), sizes[-1])
        yield np.arange(first, first + size).clip(max=number - 1)
        first += size
