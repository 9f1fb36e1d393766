"""TextTask: a text to continue, character by character."""

import keras
import numpy as np
from scipy.special import log_softmax

import episodes
from episodes import text
from episodes.wording import count
from mann.evaluation.measurement import Measurement
from mann.models.stateful import StatefulModel
from mann.tasks.base import ALL_ROWS, TRAIN, Task
from mann.tasks.completing import continue_text
from mann_config.errors import UserError

# Characters of a held-out text that are read at a time; the state is carried over.
_CHUNK = 256
# Characters of the prompt and of the sample that a measured model writes, and the temperature.
_PROMPT, _SAMPLE, _TEMPERATURE = 60, 400, 0.8


class TextTask(Task):
    """Texts to train on by truncated back-propagation.

    Args:
        config: the `task` part of an experiment's config.
        seed: seed of the places in the text where the rows of an epoch begin.
        batch_size: number of rows of a training batch, whose states are carried over.
    """

    name = "text"

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
            f"Text: {count(sizes[0], 'character')} to train, {sizes[1]:,} to validate, "
            f"{sizes[2]:,} to test; {count(len(self.vocabulary) - 1, 'different one')}; an epoch "
            f"has {count(self._stream.num_steps, 'step')}"
        ]

    def files(self):
        return {"vocabulary.json": list(self.vocabulary.characters)}

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        characters, targets, weights, restart = (array[rows] for array in self._stream[step])
        return (characters, restart), targets, weights

    def validate(self, model, num_examples, batch_size):
        rows = min(batch_size, -(-sum(map(len, self.splits.validation)) // _CHUNK))
        bits, _ = self.measure(model, self.splits.validation, rows)
        return _make_measurement({"validation": bits})

    def evaluate(self, model, num_examples, batch_size, options=None):
        names = ("validation", "test")
        texts = {name: getattr(self.splits, name) for name in names}
        measured = {name: self.measure(model, documents, 1) for name, documents in texts.items()}
        about = "; ".join(
            f"{name}: {count(sum(map(len, texts[name])) - unknown, 'character')}, not "
            f"counting {unknown:,} that training never saw"
            for name, (_, unknown) in measured.items()
        )
        return [_make_measurement({name: bits for name, (bits, _) in measured.items()}, about)]

    def measure(self, model, documents, rows):
        """Returns the cross-entropy in bits per character, and the number of unknown characters.

        Characters that training never saw are read, but not counted.

        Args:
            model: a model with `CarryState` layers.
            documents: sequence of strings.
            rows: number of parts to read side by side, each with a state of its own.
        """
        stream = text.TextStream(self._encode(documents), rows, _CHUNK)
        stateful, states = self._get_stateful(model), None
        bits, unknown = 0.0, 0
        characters = 0
        for batch in (stream[step] for step in range(stream.num_steps)):
            states = stateful.restart(states, batch.restart)
            logits, states = stateful.run(batch.characters, states)
            counted = batch.weights * (batch.targets != self.vocabulary.UNKNOWN)
            log_probabilities = log_softmax(logits, axis=-1)
            of_targets = np.take_along_axis(log_probabilities, batch.targets[..., None], axis=-1)
            bits -= float(np.sum(of_targets[..., 0] * counted, dtype=np.float64)) / np.log(2)
            characters += int(counted.sum())
            unknown += int(batch.weights.sum() - counted.sum())
        return bits / max(characters, 1), unknown

    def _get_stateful(self, model):
        # It shares the weights of the model, so that it is compiled only once in a run.
        if self._measured[0] is not model:
            self._measured = model, StatefulModel(model)
        return self._measured[1]

    def remarks(self, measurements, model, workdir):
        prompt = self.splits.test[0][:_PROMPT]
        prompt = "".join(c for c in prompt if c not in self.vocabulary.unknown(prompt))
        continuation = continue_text(
            StatefulModel(model), self.vocabulary, prompt, _SAMPLE, _TEMPERATURE, seed=0
        )
        return [
            f"The beginning of the test text, continued at temperature {_TEMPERATURE}:",
            f"{prompt}|{''.join(continuation)}",
            f'Continue other texts with mann complete --workdir={workdir.path} --prompt="..."',
        ]


def _make_measurement(bits, about=""):
    return Measurement(
        "cross-entropy",
        "bits per character",
        "text",
        # One value for each text, which is read once from the first character to the last.
        {name: np.array([value]) for name, value in bits.items()},
        about=about,
        higher_is_better=False,
        digits=3,
    )


def _read(path):
    if not path:
        return text.load_tiny_shakespeare()
    try:
        return text.load_text(path)
    except episodes.DataError as error:
        raise UserError(f"--config.task.path={path}: {error}") from error


def build(config, test_seed):
    """Returns the `TextTask` of a config; the test text does not depend on the seed."""
    return TextTask(config.task, config.seed, config.train.batch_size)
