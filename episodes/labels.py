"""Labels as a network sees them: one symbol each, or a string of five symbols.

A label is encoded as the concatenated one-hots of its symbols. A one-hot label of N is a string of
one symbol out of N; a label of Santoro et al. (2016) for many classes is five symbols out of five.
Which class has which label is shuffled in each episode before, in `_episode_draws.py`.
"""

from typing import NamedTuple

import numpy as np

LABELS = ("one_hot", "string")
_STRING_LENGTH, _STRING_ALPHABET = 5, 5


class Codes(NamedTuple):
    """The symbols that stand for the labels of a batch of episodes."""

    symbols: np.ndarray  # int (batch, ways, length): one row of symbols for each label
    alphabet: int  # symbols go from 0 to alphabet - 1

    def encode(self, labels):
        """Returns labels as concatenated one-hots, and their symbols.

        Args:
            labels: integers `(batch, time)`, from 0 to `ways - 1`.

        Returns:
            Tuple of booleans `(batch, time, length * alphabet)` and int32 `(batch, time, length)`.
        """
        symbols = np.take_along_axis(self.symbols, labels[:, :, None], axis=1).astype(np.int32)
        one_hots = symbols[..., None] == np.arange(self.alphabet)
        return one_hots.reshape(*labels.shape, -1), symbols


def make_one_hot_codes(batch_size, ways, num_labels):
    """Returns the `Codes` of labels that are each one symbol out of `num_labels`."""
    symbols = np.broadcast_to(np.arange(ways)[None, :, None], (batch_size, ways, 1))
    return Codes(symbols, num_labels)


def make_string_codes(words, ways):
    """Returns the `Codes` of random strings of five letters, different within an episode.

    Args:
        words: uint64 `(batch, count_string_words())`, random words.
        ways: how many strings an episode needs, at most 3125.
    """
    strings = words.argsort(axis=1)[:, :ways]
    powers = _STRING_ALPHABET ** np.arange(_STRING_LENGTH)[::-1]
    return Codes(strings[:, :, None] // powers % _STRING_ALPHABET, _STRING_ALPHABET)


def count_string_words():
    """Returns how many random words `make_string_codes` needs for each episode: one a string."""
    return _STRING_ALPHABET**_STRING_LENGTH


def get_label_shape(labels, num_labels):
    """Returns the shape `(length, alphabet)` of a label.

    Example:

    >>> get_label_shape("one_hot", 5), get_label_shape("string", 5)
    ((1, 5), (5, 5))
    """
    if labels not in LABELS:
        raise ValueError(f"Argument `labels` must be one of {LABELS}. Received: {labels!r}.")
    return (1, num_labels) if labels == "one_hot" else (_STRING_LENGTH, _STRING_ALPHABET)
