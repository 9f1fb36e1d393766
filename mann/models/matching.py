"""MatchingNetwork: a query has the labels of the support that it resembles."""

import keras
from keras import ops

from mann.models.episodic import EpisodicModel, mask_missing_classes


@keras.saving.register_keras_serializable(package="mann")
class MatchingNetwork(EpisodicModel):
    """Classifies by attention over the support, a softmax of cosine similarities.

    The similarities are multiplied by a learned strength, which starts at 10: without one, the
    softmax over many images stays nearly flat. There are no full-context embeddings. See
    `EpisodicModel` for its arguments and what it is called on.

    Reference: Vinyals et al., "Matching Networks for One Shot Learning", NeurIPS 2016.

    Example:

    >>> from mann.models.encoder import conv_encoder
    >>> model = MatchingNetwork(conv_encoder((8, 8)))
    >>> support = {"support_images": ops.ones((2, 5, 8, 8)), "support_labels": ops.ones((2, 5, 5))}
    >>> model({**support, "query_images": ops.ones((2, 3, 8, 8))}).shape == (2, 3, 5)
    True
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.log_strength = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(2.3), name="log_strength"
        )

    def compare(self, support, labels, query):
        support, query = _normalize(support), _normalize(query)
        similarities = ops.exp(self.log_strength) * ops.matmul(query, ops.swapaxes(support, 1, 2))
        counted = ops.any(labels > 0, axis=-1)[:, None, :]
        attention = ops.softmax(ops.where(counted, similarities, -1e9), axis=-1)
        # The logarithm of a probability is its logit.
        return ops.log(ops.matmul(attention, labels) + 1e-9) + mask_missing_classes(labels)


def _normalize(vectors):
    return vectors * ops.rsqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + 1e-6)
