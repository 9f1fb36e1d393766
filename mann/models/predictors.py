"""Predictors: few-shot models of any kind, which learn a support set and answer queries."""

import math

import keras
import numpy as np
from keras import ops
from scipy.special import log_softmax
from sklearn.neighbors import KNeighborsClassifier

from mann.models.maml import MAML
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.predictor_base import Predictor
from mann.models.sequence_predictor import SequencePredictor


def make_predictor(model, label_shape):
    """Returns the predictor for a trained model.

    Args:
        model: a sequence model, or a model from support and queries to logits.
        label_shape: `(length, alphabet)` of the labels that a sequence model was trained on.
    """
    if isinstance(model, NearestNeighbor):
        return NeighborPredictor(model)
    if isinstance(model, MAML):
        return AdaptingPredictor(model)
    if len(getattr(model, "inputs", None) or ()) == 1:
        return SequencePredictor(model, label_shape)
    return ComparingPredictor(model)


class AdaptingPredictor(Predictor):
    """Answers with a model whose weights adapt to the support set.

    Args:
        model: a `mann.models.maml.MAML`.
    """

    def __init__(self, model):
        network = model.network
        # From images to the inputs of the last layer, with the weights before any adaptation.
        encoder = keras.Model(network.inputs[0], network.layers[-1].input)
        super().__init__(encoder, most_ways=network.output_shape[-1])
        self.model = model

    def learn(self, support_images, support_labels, ways):
        one_hots = np.eye(self.most_ways, dtype=np.float32)[support_labels]
        room = _round_up(support_labels.shape[1])
        return _pad(support_images, room), _pad(one_hots, room), ways

    def answer(self, learned, query_images):
        images, one_hots, ways = learned
        num_queries = query_images.shape[1]
        episodes = {
            "support_images": images,
            "support_labels": one_hots,
            "query_images": _pad(query_images, _round_up(num_queries)),
        }
        with self._lock:
            logits = np.asarray(self.model.predict_on_batch(episodes))
        return log_softmax(logits[:, :num_queries, :ways], axis=-1)


class ComparingPredictor(Predictor):
    """Answers with a model that compares features, also image by image in a sequence.

    Args:
        model: a `mann.models.episodic.EpisodicModel`.
    """

    def __init__(self, model):
        super().__init__(model.encoder)
        self.model = model

    def learn(self, support_images, support_labels, ways):
        return self.encode(support_images), support_labels, ways

    def answer(self, learned, query_images):
        support, labels, ways = learned
        logits = self.compare(support, labels, self.encode(query_images), ways)
        return log_softmax(logits, axis=-1)

    def predict(self, batch, image_shape, ways):
        """Returns the answer at each step of sequences, `(batch, time)`.

        Args:
            batch: `episodes.SequenceBatch` with one-hot labels.
            image_shape: shape of an image.
            ways: number of classes.
        """
        images, labels = get_images(batch, image_shape), np.asarray(batch.targets)
        features = self.encode(images)
        answers = np.zeros(labels.shape, np.int64)
        for time in range(1, labels.shape[1]):
            scores = self.compare(
                features[:, :time], labels[:, :time], features[:, time : time + 1], ways
            )
            answers[:, time] = scores[:, 0].argmax(axis=-1)
        return answers

    def compare(self, support, labels, query, ways):
        """Returns the logits of the features of queries; see `EpisodicModel.compare`."""
        room, num_queries = _round_up(labels.shape[1]), query.shape[1]
        one_hots = np.eye(_round_up(ways), dtype=np.float32)[labels]
        arrays = _pad(support, room), _pad(one_hots, room), _pad(query, _round_up(num_queries))
        with self._lock:
            logits = self.model.compare(*map(ops.convert_to_tensor, arrays))
        return ops.convert_to_numpy(logits)[:, :num_queries, :ways]


class NeighborPredictor(ComparingPredictor):
    """Answers with the label of the nearest support image, which scikit-learn finds."""

    def compare(self, support, labels, query, ways):
        answers = [
            KNeighborsClassifier(1).fit(*learned).predict(queries)
            for *learned, queries in zip(support, labels, query, strict=True)
        ]
        return np.log(np.eye(ways)[np.stack(answers)] + 1e-12)


def _round_up(number):
    """Returns the least power of two that is at least 8 and at least `number`."""
    return max(8, 1 << (number - 1).bit_length())


def _pad(array, room):
    """Returns an array `(batch, n, ...)` padded with zeros to `(batch, room, ...)`."""
    after = room - array.shape[1]
    return np.pad(array, [(0, 0), (0, after), *[(0, 0)] * (array.ndim - 2)])


def get_images(batch, image_shape):
    """Returns the images of a `SequenceBatch`, `(batch, time, *image_shape)`."""
    pixels = batch.inputs[..., : math.prod(image_shape)]
    return pixels.reshape(*pixels.shape[:-1], *image_shape)
