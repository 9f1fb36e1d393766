"""Wrong symbols: each step of an answer is one symbol of several."""

from typing import NamedTuple

import numpy as np
from scipy import special


class Errors(NamedTuple):
    """Errors on some sequences, each an array of shape `(sequences, ...)`.

    Attributes:
        wrong: number of wrong symbols.
        bits: cross-entropy in bits.
        counted: number of symbols that count.
        frequencies: number of times that each symbol is right, `(sequences, symbols)`.
    """

    wrong: np.ndarray
    bits: np.ndarray
    counted: np.ndarray
    frequencies: np.ndarray

    @property
    def accuracy(self):
        """Percent of right symbols of each sequence."""
        return 100 - 100 * self.wrong / self.counted

    @property
    def guessing(self):
        """For each symbol, the mean percent of right ones were it the answer at all times."""
        return 100 * np.mean(self.frequencies / self.counted[:, None], axis=0)


def measure_errors(logits, batch):
    """Returns the `Errors` of logits on a batch.

    Args:
        logits: array of shape `(batch, time, symbols)`.
        batch: `episodes.algorithmic.Batch` whose targets are symbols.

    Example:

    >>> from episodes.algorithmic import Batch
    >>> batch = Batch(None, np.array([[0, 1, 1]]), np.array([[1.0, 1.0, 0.0]]))
    >>> measured = measure_errors(np.array([[[2.0, 1.0], [2.0, 1.0], [2.0, 1.0]]]), batch)
    >>> measured.wrong.tolist(), measured.accuracy.tolist(), measured.guessing.tolist()
    ([1.0], [50.0], [50.0, 50.0])
    """
    each = np.eye(logits.shape[-1])[batch.targets] * batch.weights[:, :, None]
    nats = -np.sum(each * special.log_softmax(logits, axis=-1), axis=(1, 2), dtype=np.float64)
    wrong = (logits.argmax(axis=-1) != batch.targets) * batch.weights
    return Errors(wrong.sum(axis=1), nats / np.log(2), batch.weights.sum(axis=1), each.sum(axis=1))
