"""FewShotClassifier: a trained few-shot model as a scikit-learn classifier of a person's images."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from episodes.arrays import as_array, as_labels, as_uint8, sorted_classes
from mann.few_shot.learners import SequenceLearner
from mann.few_shot.saved import load_learner


class FewShotClassifier(ClassifierMixin, BaseEstimator):
    """Learns classes from a few images of each, without training, and recognises others.

    `fit` shows the support images to the model, whose memory keeps them; no weight changes.

    Args:
        model: name of a pretrained model, such as `"omniglot_5way"`, or the path of the workdir of
            a run of `train.py` on few-shot episodes.

    Attributes:
        classes_: the labels given to `fit`, sorted.

    Example:

    >>> from episodes import generate_characters
    >>> images = generate_characters(3, num_drawings=4, image_size=28).images
    >>> support, query = images[:, :2].reshape(6, 28, 28), images[:, 2:].reshape(6, 28, 28)
    >>> classifier = FewShotClassifier("omniglot_5way")
    >>> classifier = classifier.fit(support, ["alif", "alif", "ba", "ba", "ta", "ta"])
    >>> classifier.predict(query).tolist()
    ['alif', 'alif', 'ba', 'ba', 'ta', 'ta']
    """

    def __init__(self, model="omniglot_5way"):
        self.model = model

    def fit(self, X, y):
        """Learns the classes of some images.

        Args:
            X: images `(num_images, *image_shape)` of the size that the model was trained on: uint8,
                or floats from 0 to 1, ink on zero.
            y: their labels, `(num_images,)`, all strings or all numbers.

        Raises:
            ValueError: if the images do not fit the model, a pixel is no number or out of range,
                there is not one label for each, or they cannot be sorted, or there are more classes
                than the model tells apart.
            UserError: if the model cannot be loaded.
        """
        learner, image_shape = load_learner(self.model)
        images, labels = _checked(X, image_shape), as_labels(y, "y")
        if labels.shape != images.shape[:1]:
            raise ValueError(
                "Argument `y` must hold one label for each image of `X`. Received: labels of shape "
                f"{labels.shape} for {len(images)} images."
            )
        classes, numbers = sorted_classes(labels, "y")
        if learner.most_ways is not None and len(classes) > learner.most_ways:
            raise ValueError(
                f"Argument `y` must hold at most {learner.most_ways} classes, as many as this "
                f"model tells apart. Received: {len(classes)}. Load a model of more ways."
            )
        self.classes_ = classes
        self._learner, self._image_shape = learner, image_shape
        # Mixed, as in training: classes one after the other would be another task.
        order = np.random.default_rng(0).permutation(len(labels))
        self._support = images[order][None], numbers[order][None]
        if isinstance(learner, SequenceLearner):
            self._memory = learner.learn(*self._support, len(classes))
        return self

    def predict_log_proba(self, X):
        """Returns the log-probability of each class for each image, `(num_images, classes)`."""
        if not hasattr(self, "classes_"):
            raise NotFittedError(
                "This FewShotClassifier has no classes yet: call fit(support_images, labels) first."
            )
        images = _checked(X, self._image_shape)[None]
        if isinstance(self._learner, SequenceLearner):
            return self._learner.answer(*self._memory, images)[0]
        return self._learner.scores(*self._support, images, len(self.classes_))[0]

    def predict_proba(self, X):
        """Returns the probability of each class of `classes_` for each image.

        Args:
            X: images, as `fit` takes them.

        Returns:
            Array `(num_images, classes)`.

        Raises:
            NotFittedError: before `fit`.
            ValueError: if the images do not fit the model.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X):
        """Returns the most probable label of each image; see `predict_proba`."""
        answers = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[answers]


def _checked(images, image_shape):
    images = as_array(images, "X")
    if images.shape[1:] != image_shape:
        size = " x ".join(map(str, image_shape))
        if images.shape == image_shape:
            mend = "Pass a single image as image[None]."
        elif images.shape[1:3] == image_shape:
            mend = "Turn them into grey, without an axis of channels: X.mean(axis=-1)."
        else:
            mend = "Resize them, or use episodes.load_image_folder(path, image_size=...)."
        raise ValueError(
            f"Argument `X` must hold images of {size} pixels, as this model was trained on. "
            f"Received: an array of shape {images.shape}. {mend}"
        )
    if not len(images):
        raise ValueError("Argument `X` must hold one image at least. Received: none.")
    return as_uint8(images, "X") / np.float32(255)
