"""Predictors: few-shot models of any kind, which learn a support set and answer queries."""

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

# A compiled model is compiled again for each shape that it meets: images come in these numbers.
_AT_ONCE = (512, 8)
# Steps of support that a sequence model is shown at once.
_STEPS_AT_ONCE = (8, 1)


def predictor_of(model, label_shape):
    """Returns the predictor that a trained model is.

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

    It may be asked from several threads: they take turns, since a Keras model keeps what it
    compiles and, on some backends, its variables in places that threads share.

    Args:
        encoder: model from images `(batch, *image_shape)` to features `(batch, features)`, or
            `None`: the pixels are the features.
        most_ways: the most classes that it can tell apart. Defaults to `None`: any number.
    """

    def __init__(self, encoder, most_ways=None):
        self.most_ways = most_ways
        self._encoder = encoder
        self._lock = threading.Lock()

    def scores(self, support_images, support_labels, query_images, ways):
        """Returns the log-probability of each class for each query, `(batch, queries, ways)`.

        Args:
            support_images: float32 `(batch, support, *image_shape)`, from 0 to 1.
            support_labels: integers `(batch, support)`, from 0 to `ways - 1`.
            query_images: float32 `(batch, queries, *image_shape)`.
            ways: number of classes.
        """
        return self.answer(self.learn(support_images, support_labels, ways), query_images)

    def learn(self, support_images, support_labels, ways):
        """Returns what `answer` has to know of a support set; see `scores`."""
        raise NotImplementedError

    def answer(self, learned, query_images):
        """Returns the scores of queries, from what `learn` returned."""
        raise NotImplementedError

    def encode(self, images):
        """Returns the features `(batch, images, features)` of `(batch, images, *image_shape)`."""
        if self._encoder is None:
            return images.reshape(*images.shape[:2], -1)
        flat = images.reshape(-1, *images.shape[2:])
        with self._lock:
            parts = [self._encoder.predict_on_batch(flat[rows]) for rows in _rows(len(flat))]
        return np.concatenate(parts)[: len(flat)].reshape(*images.shape[:2], -1)


class AdaptingPredictor(Predictor):
    """Answers with a model whose weights adapt to the support set.

    Args:
        model: a `mann.models.maml.MAML`.
    """

    def __init__(self, model):
        network = model.network
        # What its last layer is given, as it was before any support.
        encoder = keras.Model(network.inputs[0], network.layers[-1].input)
        super().__init__(encoder, most_ways=network.output_shape[-1])
        self.model = model

    def learn(self, support_images, support_labels, ways):
        one_hots = np.eye(self.most_ways, dtype=np.float32)[support_labels]
        room = _room(support_labels.shape[1])
        return _padded(support_images, room), _padded(one_hots, room), ways

    def answer(self, learned, query_images):
        images, one_hots, ways = learned
        num_queries = query_images.shape[1]
        episodes = {
            "support_images": images,
            "support_labels": one_hots,
            "query_images": _padded(query_images, _room(num_queries)),
        }
        with self._lock:
            logits = np.asarray(self.model.predict_on_batch(episodes))
        return log_softmax(logits[:, :num_queries, :ways], axis=-1)


class ComparingPredictor(Predictor):
    """Answers with a model that compares features, and so image by image too.

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

    def predictions(self, batch, image_shape, ways):
        """Returns what is answered at each step of sequences, `(batch, time)`.

        Args:
            batch: `episodes.SequenceBatch` with one-hot labels.
            image_shape: of an image.
            ways: number of classes.
        """
        images, labels = images_of(batch, image_shape), np.asarray(batch.targets)
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
        room, num_queries = _room(labels.shape[1]), query.shape[1]
        one_hots = np.eye(_room(ways), dtype=np.float32)[labels]
        arrays = _padded(support, room), _padded(one_hots, room), _padded(query, _room(num_queries))
        with self._lock:
            logits = self.model.compare(*map(ops.convert_to_tensor, arrays))
        return ops.convert_to_numpy(logits)[:, :num_queries, :ways]


class NeighborPredictor(ComparingPredictor):
    """Answers with the label of the nearest support image, which scikit-learn finds."""

    def compare(self, support, labels, query, ways):
        answers = [
            KNeighborsClassifier(1).fit(*learned).predict(asked)
            for *learned, asked in zip(support, labels, query, strict=True)
        ]
        return np.log(np.eye(ways)[np.stack(answers)] + 1e-12)


class SequencePredictor(Predictor):
    """Answers with a model of sequences, whose memory it fills with the support set first.

    The support comes in the order given, with each label a step late; then each query, by itself,
    with the label of the last support image.

    Args:
        model: from `(batch, time, pixels + label)` to logits.
        label_shape: `(length, alphabet)` of its labels.
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
        self._stateful = None

    def learn(self, support_images, support_labels, ways):
        """Returns the states of the model after a support set, its last labels and their codes."""
        batch_size, num_support = support_labels.shape
        codes = self._codes(batch_size, ways)
        images = support_images.reshape(batch_size, num_support, -1)
        sequence = offset_labels(images, support_labels, codes).inputs
        states = None
        for steps in _rows(num_support, _STEPS_AT_ONCE):
            _, states = self._run(sequence[:, steps], states)
        last, _ = codes.encode(support_labels[:, -1:])
        return states, last, codes

    def answer(self, learned, query_images):
        states, last, codes = learned
        batch_size, num_queries = query_images.shape[:2]
        pixels = query_images.reshape(batch_size * num_queries, 1, -1)
        labels = last.repeat(num_queries, axis=0).astype(np.float32)
        sequences = np.concatenate([pixels, labels], axis=-1)
        episode = np.arange(batch_size).repeat(num_queries)
        # Each query with a memory of its own.
        outputs = [
            self._run(sequences[rows], [state[episode[rows]] for state in states])[0]
            for rows in _rows(len(sequences))
        ]
        logits = np.concatenate(outputs)[: len(sequences)]
        logits = logits.reshape(batch_size, num_queries, self.length, self.alphabet)
        symbols = log_softmax(logits, axis=-1)
        # A string's probability is that of all of its letters.
        picked = symbols[:, :, None] * (
            codes.symbols[:, None, ..., None] == np.arange(self.alphabet)
        )
        return log_softmax(picked.sum(axis=(-1, -2)), axis=-1)

    def _run(self, sequences, states):
        with self._lock:
            if self._stateful is None:
                self._stateful = StatefulModel(self.model)
            return self._stateful.run(sequences, states)

    def _codes(self, batch_size, ways):
        if self.length == 1:
            return make_one_hot_codes(batch_size, ways, self.alphabet)
        words = np.random.Philox(key=0).random_raw(count_string_words())
        symbols, alphabet = make_string_codes(words[None], ways)
        return Codes(symbols.repeat(batch_size, axis=0), alphabet)

    def predictions(self, batch, image_shape, ways):
        """Returns what is answered at each step: `(batch, time)`, or `(batch, time, 5)` letters."""
        logits = np.asarray(self.model.predict_on_batch(batch.inputs))
        return logits.argmax(axis=-1)


def _rows(number, sizes=_AT_ONCE):
    """Yields the numbers of rows, in parts of few sizes; what is short at the end repeats the last.

    >>> [len(rows) for rows in _rows(1030)]
    [512, 512, 8]
    """
    first = 0
    while first < number:
        size = next((size for size in sizes if size <= number - first), sizes[-1])
        yield np.arange(first, first + size).clip(max=number - 1)
        first += size


def _room(number):
    """Returns a power of two, 8 at least, which is `number` or more."""
    return max(8, 1 << (number - 1).bit_length())


def _padded(array, room):
    """Returns `(batch, n, ...)` with zeros after what it holds, `(batch, room, ...)`."""
    after = room - array.shape[1]
    return np.pad(array, [(0, 0), (0, after), *[(0, 0)] * (array.ndim - 2)])


def images_of(batch, image_shape):
    """Returns the images of a `SequenceBatch`, `(batch, time, *image_shape)`."""
    pixels = batch.inputs[..., : math.prod(image_shape)]
    return pixels.reshape(*pixels.shape[:-1], *image_shape)
