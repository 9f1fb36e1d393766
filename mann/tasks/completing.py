"""Continues a text, character by character, with a trained network."""

import unicodedata

import numpy as np
from ml_collections import config_dict

from episodes.text import CharacterVocabulary
from mann.models.stateful import StatefulModel
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann_config.errors import UserError


def sample(logits, temperature, rng):
    """Samples an index from the softmax of logits.

    Args:
        logits: array `(classes,)`.
        temperature: divisor of the logits; at 0 the largest logit is taken.
        rng: NumPy generator.

    Example:

    >>> sample(np.array([0.0, 3.0, 1.0]), 0.0, np.random.default_rng(0))
    1
    """
    if temperature == 0:
        return int(np.argmax(logits))
    # The largest of logits with Gumbel noise is a sample from their softmax.
    return int(np.argmax(logits.astype(np.float64) / temperature + rng.gumbel(size=len(logits))))


class Completer:
    """A trained network that continues texts.

    Args:
        workdir: path of a run of mann train on a text.

    Raises:
        UserError: if there is no such run, or its task is not a text.

    Example: `"".join(Completer("runs/shakespeare").complete("ROMEO:", length=80))`
    """

    def __init__(self, workdir):
        workdir = Workdir(workdir)
        config = config_dict.ConfigDict(workdir.read_config())
        if config.task.name != "text":
            raise UserError(
                f"--workdir={workdir.path} was not trained on a text: give the folder of a "
                "run of shakespeare.py."
            )
        model, _ = checkpoints.load_best_as_saved(workdir)
        self._vocabulary = CharacterVocabulary(workdir.read_file("vocabulary.json"))
        self._model = StatefulModel(model)

    def complete(self, prompt, length, temperature=0.8, seed=0):
        """Returns an iterator over the characters that follow a prompt.

        Args:
            prompt: text to continue.
            length: number of characters to sample.
            temperature: randomness of the characters: above 1 more surprising, below 1 less; 0
                takes the likeliest. Defaults to 0.8.
            seed: seed of the random choices. Defaults to 0.

        Raises:
            UserError: if the prompt is empty, or has characters that training never saw.
        """
        # On some systems an accent is a character of its own.
        forms = (prompt, *(unicodedata.normalize(form, prompt) for form in ("NFC", "NFD")))
        prompt = min(forms, key=lambda form: len(self._vocabulary.unknown(form)))
        unknown = self._vocabulary.unknown(prompt)
        if unknown:
            raise UserError(
                f"The prompt has characters that training never saw: {''.join(unknown)!r}. Leave "
                "them out, or train on a text that has them."
            )
        if not prompt:
            raise UserError("The prompt is empty: give at least one character to continue.")
        return continue_text(self._model, self._vocabulary, prompt, length, temperature, seed)


def continue_text(stateful, vocabulary, prompt, length, temperature, seed):
    """Yields the characters that follow a prompt; see `Completer.complete`."""
    rng, states = np.random.default_rng(seed), None
    # One by one, like the sampled characters: each length of a prompt would be compiled anew.
    for character in vocabulary.encode(prompt):
        logits, states = stateful.run(np.array([[character]], np.int32), states)
    for _ in range(length):
        logits[..., vocabulary.UNKNOWN] = -np.inf
        character = sample(logits[0, -1], temperature, rng)
        yield vocabulary.characters[character]
        logits, states = stateful.run(np.array([[character]], np.int32), states)
