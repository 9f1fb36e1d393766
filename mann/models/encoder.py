"""The convolutional encoder that the few-shot models share: from an image to its features."""

import keras


def conv_encoder(image_shape, filters=64, features=64):
    """Returns a model from images `(batch, *image_shape)` to features `(batch, features)`.

    Four convolutions, each of which halves the image: the first by pooling, on half of the
    filters, the others by strides, the last two with twice the filters. Group normalisation keeps
    the features of an image independent of its batch: nothing leaks from one query to another.

    Args:
        image_shape: `(height, width)` or `(height, width, channels)`.
        filters: number of filters of the second convolution, a multiple of 16. Defaults to `64`.
        features: number of features of an image. Defaults to `64`.

    Raises:
        ValueError: if `filters` is not a multiple of 16.

    Example:

    >>> conv_encoder((28, 28)).output_shape
    (None, 64)
    """
    if filters < 16 or filters % 16:
        raise ValueError(f"Argument `filters` must be a multiple of 16. Received: {filters!r}.")
    layers = keras.layers
    blocks = [
        layers.Conv2D(filters // 2, 3, padding="same"),
        layers.MaxPooling2D(padding="same"),
        *_make_normalization(),
    ]
    for width in (filters, 2 * filters, 2 * filters):
        blocks += [layers.Conv2D(width, 3, strides=2, padding="same"), *_make_normalization()]
    height, width, *channels = image_shape
    return keras.Sequential(
        [
            keras.Input((height, width, *channels)),
            layers.Reshape((height, width, channels[0] if channels else 1)),
            *blocks,
            layers.Flatten(),
            layers.Dense(features),
        ],
        name="encoder",
    )


def _make_normalization():
    return keras.layers.GroupNormalization(8), keras.layers.ReLU()
