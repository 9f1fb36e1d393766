"""Layers in front of a memory: encode the images of a sequence, and repeat previous features."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class EncodeImages(keras.layers.Layer):
    """Replaces the image at each step of a sequence by its features, and keeps the rest.

    The encoder runs once on all images of the batch, not once per step of a loop.

    Args:
        encoder: model from images `(batch, *image_shape)` to features `(batch, features)`.
        image_shape: `(height, width)` or `(height, width, channels)`.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        sequences: tensor of shape `(batch, time, pixels + others)`, as
            `episodes.SequenceSampler` makes them: the pixels of an image, then a label.

    Output shape:
        `(batch, time, features + others)`.

    Example:

    >>> encoder = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    >>> EncodeImages(encoder, (8, 8))(ops.ones((2, 10, 64 + 5))).shape == (2, 10, 64 + 5)
    True
    """

    def __init__(self, encoder, image_shape, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.image_shape = tuple(image_shape)
        self._num_pixels = math.prod(self.image_shape)

    def build(self, input_shape):
        if not self.encoder.built:
            self.encoder.build((None, *self.image_shape))

    def call(self, sequences, training=False):
        pixels, others = sequences[..., : self._num_pixels], sequences[..., self._num_pixels :]
        images = ops.reshape(pixels, (-1, *self.image_shape))
        features = self.encoder(images, training=training)
        shape = (-1, ops.shape(sequences)[1], features.shape[-1])
        return ops.concatenate([ops.reshape(features, shape), others], axis=-1)

    def compute_output_shape(self, input_shape):
        features = self.encoder.output_shape[-1]
        return (*input_shape[:-1], input_shape[-1] - self._num_pixels + features)

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "image_shape": list(self.image_shape),
        }

    @classmethod
    def from_config(cls, config):
        encoder = keras.saving.deserialize_keras_object(config.pop("encoder"))
        return cls(encoder=encoder, **config)


@keras.saving.register_keras_serializable(package="mann")
class RepeatPrevious(keras.layers.Layer):
    """Repeats the first features of the previous step in front of those of each step.

    With `episodes.SequenceSampler` an image comes with the label of the image before it. With the
    features of that image repeated, a memory can write both as one word.

    Args:
        num_features: number of features to repeat.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        previous: tensor `(batch, num_features)`, the features before the first step. Defaults to
            `None`: zeros.

    Output shape:
        `(batch, time, num_features + features)`.

    Example:

    >>> sequences = ops.convert_to_tensor([[[1.0, 7.0], [2.0, 8.0]]])
    >>> ops.convert_to_numpy(RepeatPrevious(1)(sequences)).tolist()
    [[[0.0, 1.0, 7.0], [1.0, 2.0, 8.0]]]
    """

    def __init__(self, num_features, **kwargs):
        super().__init__(**kwargs)
        self.num_features = num_features

    def call(self, sequences, previous=None):
        features = sequences[..., : self.num_features]
        first = ops.zeros_like(features[:, :1]) if previous is None else previous[:, None]
        return ops.concatenate(
            [ops.concatenate([first, features[:, :-1]], axis=1), sequences], axis=-1
        )

    def compute_output_shape(self, sequences_shape, previous_shape=None):
        return (*sequences_shape[:-1], sequences_shape[-1] + self.num_features)

    def get_config(self):
        return {**super().get_config(), "num_features": self.num_features}
