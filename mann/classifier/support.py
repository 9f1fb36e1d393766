"""The support images of a classifier, as a model learned them."""

import functools

import numpy as np

from mann.pretrained import load_predictor


class Support:
    """Images of some classes, learned by a model.

    A copy, also by pickle, learns the images again.

    Args:
        model: name or path, as `mann.pretrained.load_predictor` takes it.
        images: uint8 `(num_images, *image_shape)`.
        classes: array of labels.
        numbers: integers `(num_images,)`, the index of each image's label in `classes`.

    Attributes:
        order: integers `(num_images,)`, the images in the order in which they were shown.
        learned: what the predictor's `learn` returned.
    """

    def __init__(self, model, images, classes, numbers):
        self.model = model
        self.images = images
        self.classes = classes
        self.numbers = numbers
        self.predictor, self.form = load_predictor(model)
        # Shuffled, as in training: sorted classes would be another task.
        self.order = np.random.default_rng(0).permutation(len(numbers))
        self.learned = self.predictor.learn(
            _as_floats(images[self.order])[None], numbers[self.order][None], len(classes)
        )

    def __reduce__(self):
        return Support, (self.model, self.images, self.classes, self.numbers)

    @property
    def labels(self):
        return self.classes[self.numbers]

    def score(self, images):
        """Returns the log-probabilities `(num_images, classes)` of uint8 images."""
        return self.predictor.answer(self.learned, _as_floats(images)[None])[0]

    def measure_similarities(self, images):
        """Returns the similarity of each uint8 image to the support image most similar to it.

        It is the cosine of their features in the model's encoder, or of their pixels if it has
        none: 1 for the same image, about 0 for images without likeness.
        """
        return (self._encode_directions(images) @ self._known.T).max(axis=1)

    @functools.cached_property
    def threshold(self):
        """The similarity halfway between that of different classes and that of the same image.

        The similarity of each support image to those of the other classes shows how similar an
        unknown image may be. The threshold lies halfway between their mean and 1.

        Raises:
            ValueError: if there is only one class.
        """
        if len(self.classes) < 2:
            raise ValueError(
                "Argument `unknown` needs at least two classes, whose similarity shows how similar "
                f"an unknown image may be. Received: only {self.classes[0]!r}."
            )
        same = self.numbers[:, None] == self.numbers
        others = np.where(same, -1, self._known @ self._known.T).max(axis=1)
        return float(1 + others.mean()) / 2

    @functools.cached_property
    def _known(self):
        return self._encode_directions(self.images)

    def _encode_directions(self, images):
        return self.predictor.encode_directions(_as_floats(images)[None])[0]


def _as_floats(images):
    return images / np.float32(255)
