"""NearestNeighbor: a query has the label of the one support image that is nearest."""

import keras
from keras import ops

from mann.models.episodic import EpisodicModel, squared_distances


@keras.saving.register_keras_serializable(package="mann")
class NearestNeighbor(EpisodicModel):
    """Classifies by the nearest support image; only its encoder is learned, in another run.

    With an encoder that only flattens the image, it compares pixels. See `EpisodicModel` for its
    arguments and what it is called on.

    Example:

    >>> pixels = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    >>> episode = {"support_images": ops.ones((2, 5, 8, 8)), "support_labels": ops.ones((2, 5, 5))}
    >>> model = NearestNeighbor(pixels)
    >>> model({**episode, "query_images": ops.ones((2, 3, 8, 8))}).shape == (2, 3, 5)
    True
    """

    def compare(self, support, labels, query):
        distances = squared_distances(query, support)[..., None]
        of_class = labels[:, None, :, :] > 0
        return ops.max(ops.where(of_class, -distances, -1e9), axis=2)
