"""The images that a classifier was shown, as a model learned them."""

import functools

import numpy as np

from mann.pretrained import load_predictor


class Support:
    """Images of some classes, learned by a model.

    A copy, and what comes out of a pickle, learns the images again.

    Args:
        model: name or path, as `mann.pretrained.load_predictor` takes it.
        images: uint8 `(num_images, *image_shape)`.
        classes: array of labels.
        numbers: integers `(num_images,)`, the place of each image's label among `classes`.
    """

    def __init__(self, model, images, classes, numbers):
        self.model = model
        self.images = images
        self.classes = classes
        self.numbers = numbers
        self.predictor, _ = load_predictor(model)
        # Mixed, as in training: classes one after the other would be another task.
        order = np.random.default_rng(0).permutation(len(numbers))
        self._learned = self.predictor.learn(
            _as_floats(images[order])[None], numbers[order][None], len(classes)
        )

    def __reduce__(self):
        return Support, (self.model, self.images, self.classes, self.numbers)

    @property
    def image_shape(self):
        return self.images.shape[1:]

    @property
    def labels(self):
        return self.classes[self.numbers]

    def scores(self, images):
        """Returns the log-probabilities `(num_images, classes)` of uint8 images."""
        return self.predictor.answer(self._learned, _as_floats(images)[None])[0]

    def similarities(self, images):
        """Returns how like each uint8 image is to the image of the support most like it.

        That is the cosine of their features, those of the model's encoder, or of their pixels if it
        has none: 1 for the same image, about 0 for unlike ones.
        """
        return (self._directions(images) @ self._known.T).max(axis=1)

    @functools.cached_property
    def threshold(self):
        """The similarity halfway from that of different classes to that of the same image.

        Of each image of the support, with its class left out, `similarities` would tell how like
        the other classes an unknown one is; their mean is what the threshold lies halfway above.

        Raises:
            ValueError: if there is one class alone.
        """
        if len(self.classes) < 2:
            raise ValueError(
                "Argument `unknown` needs two classes at least, from whose likeness it is told how "
                f"like an unknown one may be. Received: only {self.classes[0]!r}."
            )
        same = self.numbers[:, None] == self.numbers
        others = np.where(same, -1, self._known @ self._known.T).max(axis=1)
        return float(1 + others.mean()) / 2

    @functools.cached_property
    def _known(self):
        return self._directions(self.images)

    def _directions(self, images):
        features = self.predictor.encode(_as_floats(images)[None])[0].astype(np.float64)
        return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)


def _as_floats(images):
    return images / np.float32(255)
