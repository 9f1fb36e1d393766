"""PrototypicalNetwork: a query belongs to the class whose mean support is nearest."""

import keras
from keras import ops

from mann.models.episodic import EpisodicModel, squared_distances, without_support


@keras.saving.register_keras_serializable(package="mann")
class PrototypicalNetwork(EpisodicModel):
    """Classifies by the squared distance to the mean of each class's support.

    Any number of ways and shots, in training as later. See `EpisodicModel` for its arguments and
    what it is called on.

    Reference: Snell et al., "Prototypical Networks for Few-shot Learning", NeurIPS 2017.

    Example:

    >>> from mann.models.encoder import conv_encoder
    >>> model = PrototypicalNetwork(conv_encoder((8, 8)))
    >>> support = {"support_images": ops.ones((2, 5, 8, 8)), "support_labels": ops.ones((2, 5, 5))}
    >>> model({**support, "query_images": ops.ones((2, 3, 8, 8))}).shape == (2, 3, 5)
    True
    """

    def compare(self, support, labels, query):
        sums = ops.einsum("bsw,bsf->bwf", labels, support)
        counts = ops.maximum(ops.sum(labels, axis=1), 1.0)
        distances = squared_distances(query, sums / counts[:, :, None])
        return without_support(labels) - distances
