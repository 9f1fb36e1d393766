"""TextTask: a text to continue, character by character."""

from typing import NamedTuple

import keras
import numpy as np

import episodes
from episodes import text
from mann.evaluation import text_report as report
from mann.models.stateful import StatefulModel
from mann.tasks.base import TRAIN, Task, Validation
from mann_config.errors import UserError

# Characters a held-out text is read by at a time; its state is carried on.
_CHUNK = 256


class BitsPerCharacter(NamedTuple):
    """How well a text was foretold.

    Attributes:
        bits: mean cross-entropy of a character, to base 2.
        characters: how many were foretold.
        unknown: how many more training never saw; they are read, and not counted.
    """

    bits: float
    characters: int
    unknown: int


class TextTask(Task):
    """Texts to train on by truncated back-propagation.

    Args:
        config: the `task` part of an experiment's config.
        seed: of the places in the text that each epoch's rows begin at.
        batch_size: rows of a training batch, whose states are carried on.
    """

    def __init__(self, config, seed, batch_size):
        self.config = config
        self.splits = _read(config.path)
        self.vocabulary = text.CharacterVocabulary("".join(self.splits.train))
        self.num_outputs = self.vocabulary_size = len(self.vocabulary)
        self.carried_rows = batch_size
        self._stream = text.TextStream(
            self._encode(self.splits.train), batch_size, config.chunk_length, (seed, TRAIN)
        )
        self._measured = None, None

    def _encode(self, documents):
        return [self.vocabulary.encode(document) for document in documents]

    def describe(self):
        sizes = [sum(map(len, documents)) for documents in self.splits]
        return [
            f"Text: {sizes[0]:,} characters to train, {sizes[1]:,} to validate, {sizes[2]:,} to "
            f"test; {len(self.vocabulary) - 1} different ones; an epoch has "
            f"{self._stream.num_steps:,} steps"
        ]

    def files(self):
        return {"vocabulary.json": list(self.vocabulary.characters)}

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def training_batch(self, step, batch_size, level):
        batch = self._stream[step]
        return (batch.characters, batch.restart), batch.targets, batch.weights

    def validate(self, model, num_examples, batch_size):
        rows = min(batch_size, -(-sum(map(len, self.splits.validation)) // _CHUNK))
        bits = self.measure(model, self.splits.validation, rows).bits
        return Validation(-bits, "bits per character", {"validation": bits})

    def evaluate(self, model, num_examples, batch_size, options=None):
        if options:
            raise UserError(f"--{next(iter(options))}: a text has no such option: leave it out.")
        return {
            name: self.measure(model, getattr(self.splits, name), 1)
            for name in ("validation", "test")
        }

    def measure(self, model, documents, rows):
        """Returns the `BitsPerCharacter` of documents.

        Args:
            model: a model with `CarryState` layers.
            documents: sequence of strings.
            rows: how many parts of them to read side by side, each from a state of its own.
        """
        stream = text.TextStream(self._encode(documents), rows, _CHUNK)
        stateful, states = self._stateful(model), None
        bits = characters = unknown = 0
        for batch in (stream[step] for step in range(stream.num_steps)):
            states = stateful.restart(states, batch.restart)
            logits, states = stateful.run(batch.characters, states)
            counted = batch.weights * (batch.targets != self.vocabulary.UNKNOWN)
            of_targets = np.take_along_axis(logits, batch.targets[..., None], axis=-1)[..., 0]
            highest = logits.max(axis=-1, keepdims=True)
            normalizer = highest[..., 0] + np.log(np.exp(logits - highest).sum(axis=-1))
            bits += float(np.sum((normalizer - of_targets) * counted, dtype=np.float64))
            characters += int(counted.sum())
            unknown += int(batch.weights.sum() - counted.sum())
        return BitsPerCharacter(bits / np.log(2) / max(characters, 1), characters, unknown)

    def _stateful(self, model):
        # Its weights are those of the model, so that it is compiled once for a run.
        if self._measured[0] is not model:
            self._measured = model, StatefulModel(model)
        return self._measured[1]

    def report(self, result, model, workdir, config, pictures):
        return report.report(result, model, self, workdir, config, pictures)


def _read(path):
    if not path:
        return text.load_tiny_shakespeare()
    try:
        return text.load_text(path)
    except episodes.DataError as error:
        raise UserError(f"--config.task.path={path}: {error}") from error
