"""What few-shot learners do alike, whatever their kind: answer queries, given a support set."""

import math

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from episodes.labels import Codes, num_string_words, one_hot_codes, string_codes
from episodes.sequence import offset_labels
from mann.few_shot.maml import MAML
from mann.few_shot.nearest_neighbor import NearestNeighbor
from mann.stateful import StatefulModel

# Queries that a sequence model answers at once, each with a memory of its own.
_QUERIES_AT_ONCE = 512


def learner_of(model, label_shape):
    """Returns the learner that a trained model is.

    Args:
        model: a sequence model, or a model from support and queries to logits.
        label_shape: `(length, alphabet)` of the labels that a sequence model was trained on.
    """
    if isinstance(model, NearestNeighbor):
        return NeighborLearner(model)
    if isinstance(model, MAML):
        return EpisodicLearner(model, most_ways=model.network.output_shape[-1])
    if len(getattr(model, "inputs", None) or ()) == 1:
        return SequenceLearner(model, label_shape)
    return ComparingLearner(model)


class EpisodicLearner:
    """Answers with a model that is given a support set and queries.

    Args:
        model: as `mann.few_shot.episodic.EpisodicModel` describes it.
        most_ways: the most classes that it can tell apart. Defaults to `None`: any number.
    """

    def __init__(self, model, most_ways=None):
        self.model = model
        self.most_ways = most_ways

    def scores(self, support_images, support_labels, query_images, ways):
        """Returns the log-probability of each class for each query, `(batch, queries, ways)`.

        Args:
            support_images: float32 `(batch, support, *image_shape)`, from 0 to 1.
            support_labels: integers `(batch, support)`, from 0 to `ways - 1`.
            query_images: float32 `(batch, queries, *image_shape)`.
            ways: number of classes.
        """
        width = ways if self.most_ways is None else self.most_ways
        one_hots = np.eye(width, dtype=np.float32)[support_labels]
        logits = self.model.predict_on_batch(
            {
                "support_images": support_images,
                "support_labels": one_hots,
                "query_images": query_images,
            }
        )
        return log_softmax(np.asarray(logits)[..., :ways])


class ComparingLearner(EpisodicLearner):
    """Answers with a model that compares features, and so image by image too.

    Args:
        model: a `mann.few_shot.episodic.EpisodicModel`.
    """

    def predictions(self, batch, image_shape, ways):
        """Returns what is answered at each step of sequences, `(batch, time)`.

        Args:
            batch: `episodes.SequenceBatch` with one-hot labels.
            image_shape: of an image.
            ways: number of classes.
        """
        images, labels = images_of(batch, image_shape), np.asarray(batch.targets)
        features = np.asarray(self.encode(images))
        answers = np.zeros(labels.shape, np.int64)
        for time in range(1, labels.shape[1]):
            scores = self.compare(
                features[:, :time], labels[:, :time], features[:, time : time + 1], ways
            )
            answers[:, time] = scores[:, 0].argmax(axis=-1)
        return answers

    def encode(self, images):
        return self.model.encode(images)

    def compare(self, support, labels, query, ways):
        one_hots = np.eye(ways, dtype=np.float32)[labels]
        return np.asarray(self.model.compare(support, one_hots, query))


class NeighborLearner(ComparingLearner):
    """Answers with the label of the nearest support image, which scikit-learn finds."""

    def scores(self, support_images, support_labels, query_images, ways):
        support, query = self.encode(support_images), self.encode(query_images)
        return self.compare(np.asarray(support), support_labels, np.asarray(query), ways)

    def compare(self, support, labels, query, ways):
        answers = [
            KNeighborsClassifier(1).fit(*learned).predict(asked)
            for *learned, asked in zip(support, labels, query, strict=True)
        ]
        return np.log(np.eye(ways)[np.stack(answers)] + 1e-12)


class SequenceLearner:
    """Answers with a model of sequences, whose memory it fills with the support set first.

    Args:
        model: from `(batch, time, pixels + label)` to logits.
        label_shape: `(length, alphabet)` of its labels.
    """

    def __init__(self, model, label_shape):
        self.model = model
        self.length, self.alphabet = label_shape
        self.most_ways = num_string_words() if self.length > 1 else self.alphabet
        self._stateful = None

    def scores(self, support_images, support_labels, query_images, ways):
        """Returns the log-probability of each class for each query, `(batch, queries, ways)`.

        The support comes in the order given, with each label a step late; then each query, by
        itself, with the label of the last support image. See `EpisodicLearner.scores`.
        """
        states, last, codes = self.learn(support_images, support_labels, ways)
        return self.answer(states, last, codes, query_images)

    def learn(self, support_images, support_labels, ways):
        """Returns the states of the model after a support set, its last labels and their codes."""
        if self._stateful is None:
            self._stateful = StatefulModel(self.model)
        batch_size, num_support = support_labels.shape
        codes = self._codes(batch_size, ways)
        images = support_images.reshape(batch_size, num_support, -1)
        sequence = offset_labels(images, support_labels, codes).inputs
        _, states = self._stateful.run(sequence)
        last, _ = codes.encode(support_labels[:, -1:])
        return states, last, codes

    def answer(self, states, last, codes, query_images):
        """Returns the scores of queries, from what `learn` returned."""
        batch_size, num_queries = query_images.shape[:2]
        pixels = query_images.reshape(batch_size * num_queries, 1, -1)
        labels = last.repeat(num_queries, axis=0).astype(np.float32)
        sequences = np.concatenate([pixels, labels], axis=-1)
        episode = np.arange(batch_size).repeat(num_queries)
        outputs = []
        # Of one size, so that the model compiles once.
        size = min(_QUERIES_AT_ONCE, len(sequences))
        for first in range(0, len(sequences), size):
            rows = np.arange(first, first + size).clip(max=len(sequences) - 1)
            out, _ = self._stateful.run(sequences[rows], [state[episode[rows]] for state in states])
            outputs.append(out)
        logits = np.concatenate(outputs)[: len(sequences)]
        symbols = log_softmax(logits.reshape(batch_size, num_queries, self.length, self.alphabet))
        # A string's probability is that of all of its letters.
        picked = symbols[:, :, None] * (
            codes.symbols[:, None, ..., None] == np.arange(self.alphabet)
        )
        return log_softmax(picked.sum(axis=(-1, -2)))

    def _codes(self, batch_size, ways):
        if self.length == 1:
            return one_hot_codes(batch_size, ways, self.alphabet)
        words = np.random.Philox(key=0).random_raw(num_string_words())
        symbols, alphabet = string_codes(words[None], ways)
        return Codes(symbols.repeat(batch_size, axis=0), alphabet)

    def predictions(self, batch, image_shape, ways):
        """Returns what is answered at each step: `(batch, time)`, or `(batch, time, 5)` letters."""
        logits = np.asarray(self.model.predict_on_batch(batch.inputs))
        return logits.argmax(axis=-1)


def images_of(batch, image_shape):
    """Returns the images of a `SequenceBatch`, `(batch, time, *image_shape)`."""
    pixels = batch.inputs[..., : math.prod(image_shape)]
    return pixels.reshape(*pixels.shape[:-1], *image_shape)


def log_softmax(logits):
    """Returns the logarithms of the probabilities of the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
