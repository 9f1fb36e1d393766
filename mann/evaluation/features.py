"""The features of a data set in a model's encoder, each image encoded once."""

import numpy as np

# Images that are floats at one time: those of a data set of photographs would fill the memory.
_AT_ONCE = 512


def encode_dataset(predictor, dataset):
    """Returns the directions of the features of all drawings, `(classes, drawings, features)`.

    Args:
        predictor: one of `mann.models.predictors`.
        dataset: `episodes.FewShotDataset`.

    Raises:
        ValueError: if the model has no encoder.
    """
    if predictor.encoder is None:
        raise ValueError(
            "--protocol=manyway and --protocol=stream compare the features of an encoder, and this "
            "model has none: its memory sees pixels. Measure it with --protocol=instance,nway, or "
            "a model with an encoder, such as one of --config=matching or "
            "--pretrained=omniglot_20way."
        )
    images = dataset.images.reshape(-1, *dataset.image_shape)
    parts = [
        predictor.encode_directions(images[first : first + _AT_ONCE][None] / np.float32(255))[0]
        for first in range(0, len(images), _AT_ONCE)
    ]
    return np.concatenate(parts).reshape(dataset.num_classes, dataset.num_drawings, -1)
