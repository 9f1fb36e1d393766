"""SequencePredictor: answers with a model of sequences, whose memory holds the support set."""

import functools

import numpy as np
from scipy.special import log_softmax

from episodes.labels import Codes, count_string_words, make_one_hot_codes, make_string_codes
from episodes.sequence import offset_labels
from mann.layers.encode_images import EncodeImages
from mann.models.predictor_base import Predictor, split_rows
from mann.models.stateful import StatefulModel

# Numbers of support steps in a call: only these, as a model is compiled anew for each shape.
_STEPS_AT_ONCE = (8, 1)


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
        for steps in split_rows(sequence.shape[1], _STEPS_AT_ONCE):
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
            for rows in split_rows(len(sequences))
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
