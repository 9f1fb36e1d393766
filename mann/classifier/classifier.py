"""FewShotClassifier: a trained few-shot model as a scikit-learn classifier of your images."""

import threading

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from episodes.arrays import as_labels, sort_classes
from episodes.wording import count
from mann.classifier.images import convert_images
from mann.classifier.support import Support
from mann.pretrained import load_predictor

# One change at a time: of two threads that add images, neither loses the other's.
_CHANGING = threading.Lock()


class FewShotClassifier(ClassifierMixin, BaseEstimator):
    """Learns classes from a few images of each, without training, and recognises others.

    `fit` shows the support images to the model, which keeps them in its memory; no weight changes.
    A model is loaded once: later classifiers of the same model start at once. Several threads may
    use one classifier, or change it.

    Args:
        model: name of a pretrained model, such as `"omniglot_5way"`, or the path of the workdir of
            a run of `mann train` on few-shot episodes.
        prepare: whether to bring every image to the form that the models know, with
            `episodes.prepare_drawing`, which takes drawings of any size, dark on light or light on
            dark; for models of drawings only. Defaults to `False`: they come as the model was
            trained.
        unknown: label that `predict` returns for an image whose similarity to every support image
            is below `threshold_`. Defaults to `None`: `predict` always returns one of `classes_`.

    Attributes:
        classes_: the labels learned, sorted.
        threshold_: least `score_samples` of an image that is not `unknown`.

    Example:

    >>> from episodes import generate_characters
    >>> images = generate_characters(3, num_drawings=4, image_size=28).images
    >>> support, query = images[:, :2].reshape(6, 28, 28), images[:, 2:].reshape(6, 28, 28)
    >>> classifier = FewShotClassifier("omniglot_5way")
    >>> classifier = classifier.fit(support, ["alif", "alif", "ba", "ba", "ta", "ta"])
    >>> classifier.predict(query).tolist()
    ['alif', 'alif', 'ba', 'ba', 'ta', 'ta']
    """

    def __init__(self, model="omniglot_5way", prepare=False, unknown=None):
        self.model = model
        self.prepare = prepare
        self.unknown = unknown

    def fit(self, X, y):
        """Learns the classes of some images, and nothing else.

        Args:
            X: images `(num_images, height, width)`, or `(num_images, height, width, 3)` for a model
                of colour, of the size that the model was trained on: uint8, or floats from 0 to 1,
                ink on zero for models of drawings. For a run on a folder of images, also a list of
                paths or Pillow images, which are read as that folder was. With `prepare`, all that
                `episodes.prepare_drawing` takes: arrays of any sizes, Pillow images or paths.
            y: labels of the images, `(num_images,)`, all strings or all numbers.

        Warns:
            UserWarning: if images have a bright background, which the models take for ink; with
                `prepare`, if they do not seem to be drawings.

        Raises:
            ValueError: if the images do not fit the model, a pixel is not a number or out of range,
                there is not one label for each, labels cannot be sorted, or there are more classes
                than the model can distinguish; with `unknown`, if it is not a label of their kind,
                or is one of them, or there is only one class.
            DataError: if a file cannot be read.
            UserError: if the model cannot be loaded.
        """
        images = self._convert_images(X, load_predictor(self.model)[1])
        labels = _check_labels(y, len(images))
        with _CHANGING:
            return self._learn(self.model, images, labels)

    def partial_fit(self, X, y, classes=None):
        """Learns more images, of known classes or new ones.

        Images of earlier calls need not be passed again: the classifier is as if `fit` had been
        given all of them.

        Args:
            X: images, as `fit` takes them.
            y: labels of the images.
            classes: all labels that may occur, as in scikit-learn; others are refused. Defaults to
                `None`: new ones may occur at any time.

        Raises:
            ValueError: as `fit`, or if `y` holds a label that is not among `classes`.
        """
        if classes is not None and not np.isin(y, classes).all():
            raise ValueError(
                f"Argument `y` must hold labels of `classes`, {np.asarray(classes).tolist()}. "
                f"Received: also {np.setdiff1d(y, classes).tolist()}."
            )
        known = vars(self).get("_support")
        images = self._convert_images(X, known.form if known else load_predictor(self.model)[1])
        labels = _check_labels(y, len(images))
        with _CHANGING:
            known = vars(self).get("_support")
            if not known:
                return self._learn(self.model, images, labels)
            images = np.concatenate([known.images, images])
            labels = as_labels([*known.labels.tolist(), *labels.tolist()], "y")
            return self._learn(known.model, images, labels)

    def remove_class(self, label):
        """Forgets a class and its images; without the last one the classifier is as before `fit`.

        Raises:
            NotFittedError: before `fit`.
            ValueError: if there is no such class.
        """
        with _CHANGING:
            support = self._get_support()
            rest = support.labels != label
            if np.all(rest):
                raise ValueError(
                    f"Argument `label` must be one of the classes {support.classes.tolist()}. "
                    f"Received: {label!r}."
                )
            if rest.any():
                return self._learn(support.model, support.images[rest], support.labels[rest])
            del self._support, self.classes_
            return self

    def predict_log_proba(self, X):
        """Returns the log-probability of each class for each image, `(num_images, classes)`."""
        support = self._get_support()
        return support.score(self._convert_images(X, support.form))

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
        support = self._get_support()
        return np.exp(support.score(self._convert_images(X, support.form)))

    def predict(self, X):
        """Returns the most probable label of each image, or `unknown`; see `predict_proba`.

        Raises:
            ValueError: also if `unknown` does not fit the labels; see `fit`.
        """
        support = self._get_support()
        images = self._convert_images(X, support.form)
        answers = support.classes[support.score(images).argmax(axis=1)]
        if self.unknown is None:
            return answers
        self._check_unknown(support)
        return np.where(
            support.measure_similarities(images) < support.threshold, self.unknown, answers
        )

    def score_samples(self, X):
        """Returns the similarity of each image to the support image most similar to it, at most 1.

        It is the cosine of their features in the model's encoder; without an encoder, the cosine of
        their pixels, which says less.

        Args:
            X: images, as `fit` takes them.

        Returns:
            Array `(num_images,)`.

        Raises:
            NotFittedError: before `fit`.
            ValueError: if the images do not fit the model.
        """
        support = self._get_support()
        return support.measure_similarities(self._convert_images(X, support.form))

    @property
    def threshold_(self):
        return self._get_support().threshold

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = not self.prepare
        return tags

    def _get_support(self):
        support = vars(self).get("_support")
        if support is None:
            raise NotFittedError(
                "This FewShotClassifier has no classes yet: call fit(support_images, labels) first."
            )
        return support

    def _learn(self, model, images, labels):
        classes, numbers = sort_classes(labels, "y")
        predictor, _ = load_predictor(model)
        if predictor.most_ways is not None and len(classes) > predictor.most_ways:
            raise ValueError(
                f"Argument `y` must hold at most {count(predictor.most_ways, 'class')}, as many "
                f"as this model can distinguish. Received: {len(classes)}. Load a "
                "model of more ways."
            )
        support = Support(model, images, classes, numbers)
        if self.unknown is not None:
            self._check_unknown(support)
        self._support, self.classes_ = support, classes
        return self

    def _check_unknown(self, support):
        labels = as_labels([*support.classes.tolist(), self.unknown], "unknown")
        if len(np.unique(labels)) == len(support.classes):
            raise ValueError(
                "Argument `unknown` must be another label than those of `y`. Received: "
                f"{self.unknown!r}."
            )
        # Raises ValueError if there is only one class.
        _ = support.threshold

    def _convert_images(self, X, form):
        return convert_images(X, form, self.prepare)


def _check_labels(y, num_images):
    if y is None:
        raise ValueError("FewShotClassifier requires y to be passed, but the target y is None.")
    labels = column_or_1d(as_labels(y, "y"), warn=True)
    check_classification_targets(labels)
    if len(labels) != num_images:
        raise ValueError(
            "Argument `y` must hold one label for each image of `X`. Received: labels of shape "
            f"{labels.shape} for {count(num_images, 'image')}."
        )
    return labels
