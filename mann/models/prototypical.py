"""PrototypicalNetwork: a query belongs to the class whose mean support is nearest."""

import keras
from keras import ops

from mann.models.episodic import EpisodicModel, mask_missing_classes, squared_distances


@keras.saving.register_keras_serializable(package="mann")
class PrototypicalNetwork(EpisodicModel):
    """Classifies by the squared distance to the mean of each class's support.

    Works with any number of ways and shots, in training and after. See `EpisodicModel` for its
    arguments and what it is called on.

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
        return mask_missing_classes(labels) - distances
