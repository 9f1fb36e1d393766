"""Predictors: few-shot models of any kind, which learn a support set and answer queries."""

import functools
import math
import threading

import keras
import numpy as np
from keras import ops
from scipy.special import log_softmax
from sklearn.neighbors import KNeighborsClassifier

from episodes.labels import Codes, count_string_words, make_one_hot_codes, make_string_codes
from episodes.sequence import offset_labels
from mann.layers.encode_images import EncodeImages
from mann.models.maml import MAML
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.stateful import StatefulModel

# Sizes of batches of images, but for a single one: only these, as a model is compiled anew for each
# shape.
_AT_ONCE = (512, 8)
# Numbers of support steps in a call of a sequence model: only these, for the same reason.
_STEPS_AT_ONCE = (8, 1)


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


class Predictor:
    """Learns a support set, then answers queries.

    Several threads may use it: they take turns, since a Keras model shares its compiled functions
    and, on some backends, its variables between threads.

    Args:
        encoder: model from images `(batch, *image_shape)` to features `(batch, features)`, or
            `None`: the pixels are the features.
        most_ways: most classes that it can distinguish. Defaults to `None`: any number.
    """

    def __init__(self, encoder, most_ways=None):
        self.most_ways = most_ways
        self._encoder = encoder
        self._lock = threading.Lock()

    def score(self, support_images, support_labels, query_images, ways):
        """Returns the log-probability of each class for each query, `(batch, queries, ways)`.

        Args:
            support_images: float32 `(batch, support, *image_shape)`, from 0 to 1.
            support_labels: integers `(batch, support)`, from 0 to `ways - 1`.
            query_images: float32 `(batch, queries, *image_shape)`.
            ways: number of classes.
        """
        return self.answer(self.learn(support_images, support_labels, ways), query_images)

    def learn(self, support_images, support_labels, ways):
        """Returns what `answer` needs to know about a support set; see `score`."""
        raise NotImplementedError

    def answer(self, learned, query_images):
        """Returns the log-probabilities of queries, given the value that `learn` returned."""
        raise NotImplementedError

    def encode(self, images):
        """Returns the features `(batch, images, features)` of `(batch, images, *image_shape)`."""
        if self._encoder is None:
            return images.reshape(*images.shape[:2], -1)
        flat = images.reshape(-1, *images.shape[2:])
        with self._lock:
            parts = [self._encoder.predict_on_batch(flat[rows]) for rows in _split_rows(len(flat))]
        return np.concatenate(parts)[: len(flat)].reshape(*images.shape[:2], -1)


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


class SequencePredictor(Predictor):
    """Answers with a model of sequences, whose memory it fills with the support set first.

    The support comes in the given order, each label one step late; then each query comes by
    itself, with the label of the last support image.

    Args:
        model: model from `(batch, time, pixels + label)` to logits.
        label_shape: `(length, alphabet)` of the labels.
    """

    def __init__(self, model, label_shape):
        self.length, self.alphabet = label_shape
        layers = getattr(model, "layers", ())
        encoders = [layer.encoder for layer in layers if isinstance(layer, EncodeImages)]
        super().__init__(
            next(iter(encoders), None),
            most_ways=count_string_words() if self.length > 1 else self.alphabet,
        )
        self.model = model

    @functools.cached_property
    def _stateful(self):
        return StatefulModel(self.model)

    def learn(self, support_images, support_labels, ways):
        """Returns the states of the model after a support set, its last labels and their codes."""
        sequence, codes = self.make_sequence(support_images, support_labels, ways)
        states = None
        for steps in _split_rows(sequence.shape[1], _STEPS_AT_ONCE):
            _, states = self.run(sequence[:, steps], states)
        last, _ = codes.encode(support_labels[:, -1:])
        return states, last, codes

    def make_sequence(self, images, labels, ways):
        """Returns what the model is shown, `(batch, time, pixels + label)`, and the label codes.

        Arguments are those of `learn`.
        """
        codes = self._make_codes(len(labels), ways)
        return offset_labels(images.reshape(*labels.shape, -1), labels, codes).inputs, codes

    def answer(self, learned, query_images):
        states, last, codes = learned
        batch_size, num_queries = query_images.shape[:2]
        pixels = query_images.reshape(batch_size * num_queries, 1, -1)
        labels = last.repeat(num_queries, axis=0).astype(np.float32)
        sequences = np.concatenate([pixels, labels], axis=-1)
        episode = np.arange(batch_size).repeat(num_queries)
        # Each query starts from its own copy of the memory.
        outputs = [
            self.run(sequences[rows], [state[episode[rows]] for state in states])[0]
            for rows in _split_rows(len(sequences))
        ]
        logits = np.concatenate(outputs)[: len(sequences)]
        logits = logits.reshape(batch_size, num_queries, self.length, self.alphabet)
        symbols = log_softmax(logits, axis=-1)
        # The probability of a string is the product of those of its letters.
        picked = symbols[:, :, None] * (
            codes.symbols[:, None, ..., None] == np.arange(self.alphabet)
        )
        return log_softmax(picked.sum(axis=(-1, -2)), axis=-1)

    def encode_classes(self, ways):
        """Returns the label of each class as the model sees it, `(ways, length * alphabet)`."""
        labels, _ = self._make_codes(1, ways).encode(np.arange(ways)[None])
        return labels[0].astype(np.float32)

    def run(self, sequences, states=None):
        """Returns the logits of each step and the states after the last; see `StatefulModel`."""
        with self._lock:
            return self._stateful.run(sequences, states)

    def name_memories(self, states):
        """Returns the state of each memory with its parts named; see `StatefulModel`."""
        return self._stateful.name_memories(states)

    def _make_codes(self, batch_size, ways):
        if self.length == 1:
            return make_one_hot_codes(batch_size, ways, self.alphabet)
        words = np.random.Philox(key=0).random_raw(count_string_words())
        symbols, alphabet = make_string_codes(words[None], ways)
        return Codes(symbols.repeat(batch_size, axis=0), alphabet)

    def predict(self, batch, image_shape, ways):
        """Returns the answer at each step: `(batch, time)`, or letters `(batch, time, 5)`."""
        logits = np.asarray(self.model.predict_on_batch(batch.inputs))
        return logits.argmax(axis=-1)


def _split_rows(number, sizes=_AT_ONCE):
    """Yields the indices of rows in batches of few sizes; the last batch may repeat the last row.

    A single row, as of someone who waits for its answer, comes alone.

    >>> [len(rows) for rows in _split_rows(1030)]
    [512, 512, 8]
    >>> [len(rows) for rows in _split_rows(1)]
    [1]
    """
    first = 0
    if number == 1:
        sizes = (1,)
    while first < number:
        size = next((size for size in sizes if size <= number - first), sizes[-1])
        yield np.arange(first, first + size).clip(max=number - 1)
        first += size


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
