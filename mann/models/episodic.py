"""EpisodicModel: a Keras model from a support set and queries to the labels of the queries."""

import keras
from keras import ops


class EpisodicModel(keras.Model):
    """Base of models that compare images: one encoder for support and queries.

    A subclass defines `compare`.

    Args:
        encoder: model from images `(batch, *image_shape)` to features `(batch, features)`.
        **kwargs: those of `keras.Model`.

    Call arguments:
        inputs: dict, as `episodes.training_pair` makes it of a batch of episodes:
            `support_images` `(batch, support, *image_shape)`, `support_labels`
            `(batch, support, ways)`, one-hot, and `query_images` `(batch, queries, *image_shape)`.

    Output shape:
        Logits, `(batch, queries, ways)`.
    """

    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder

    def build(self, input_shape):
        if not self.encoder.built:
            self.encoder.build((None, *input_shape["query_images"][2:]))

    def call(self, inputs, training=False):
        support = self.encode(inputs["support_images"], training)
        query = self.encode(inputs["query_images"], training)
        return self.compare(support, inputs["support_labels"], query)

    def encode(self, images, training=False):
        """Returns the features `(batch, images, features)` of `(batch, images, *image_shape)`."""
        batch_size, num_images, *image_shape = ops.shape(images)
        features = self.encoder(ops.reshape(images, (-1, *image_shape)), training=training)
        return ops.reshape(features, (batch_size, num_images, features.shape[-1]))

    def compare(self, support, labels, query):
        """Returns the logits of queries.

        A class without support is never the answer.

        Args:
            support: features `(batch, support, features)`.
            labels: `(batch, support, ways)`, one-hot, or zeros for support that does not count.
            query: features `(batch, queries, features)`.
        """
        raise NotImplementedError

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
        }

    @classmethod
    def from_config(cls, config):
        encoder = keras.saving.deserialize_keras_object(config.pop("encoder"))
        return cls(encoder=encoder, **config)


def squared_distances(one, other):
    """Returns the squared distances `(batch, n, m)` between vectors.

    Args:
        one: `(batch, n, features)`.
        other: `(batch, m, features)`.
    """
    products = ops.matmul(one, ops.swapaxes(other, 1, 2))
    norms = (ops.sum(ops.square(vectors), axis=-1) for vectors in (one, other))
    one_norm, other_norm = norms
    return one_norm[:, :, None] + other_norm[:, None, :] - 2 * products


def mask_missing_classes(labels):
    """Returns a mask to add to logits, `(batch, 1, ways)`: 0 for classes with support, else -1e9.

    Args:
        labels: `(batch, support, ways)`, one-hot.
    """
    return ops.where(ops.any(labels > 0, axis=1, keepdims=True), 0.0, -1e9)
