"""ErrorsByLevel: the two metrics of the algorithmic tasks, against the level of difficulty."""

from typing import NamedTuple

import numpy as np


class Errors(NamedTuple):
    """Errors on the sequences of one level, each an array of shape `(sequences,)`.

    Attributes:
        bit_errors: wrong bits, once each probability is rounded.
        bits: cross-entropy in bits, what the NTM paper calls bits per sequence.
        optimal_bits: cross-entropy of the best answer there is.
        num_bits: bits that were asked for.
    """

    bit_errors: np.ndarray
    bits: np.ndarray
    optimal_bits: np.ndarray
    num_bits: np.ndarray


class ErrorsByLevel(NamedTuple):
    """Errors at each level along one axis.

    Attributes:
        axis: name of the axis, such as `"length"`.
        errors: dict from a level to its `Errors`.
    """

    axis: str
    errors: dict


def measure(logits, batch, optimal):
    """Returns the `Errors` of logits on a batch.

    Args:
        logits: array of shape `(batch, time, bits)`.
        batch: `episodes.algorithmic.Batch`.
        optimal: array like `logits`, the best probabilities there are.

    Example:

    >>> from episodes.algorithmic import Batch
    >>> batch = Batch(None, np.array([[[1.0, 0.0]]]), np.ones((1, 1)))
    >>> errors = measure(np.array([[[0.0, -50.0]]]), batch, batch.targets)
    >>> errors.bit_errors.tolist(), errors.bits.tolist()
    ([1.0], [1.0])
    """
    weights = batch.weights[:, :, None]
    targets = batch.targets

    def total(values):
        return np.sum(values * weights, axis=(1, 2), dtype=np.float64)

    nats = np.logaddexp(0, logits) - logits * targets
    # Probabilities of 0 and 1 are right for sure; only where the answer counts are they any.
    likelihood = np.where(weights > 0, np.where(targets > 0.5, optimal, 1 - optimal), 1)
    return Errors(
        total((logits > 0) != (targets > 0.5)),
        total(nats) / np.log(2),
        total(-np.log2(likelihood)),
        total(np.ones_like(targets)),
    )


def join(parts, num_sequences):
    """Returns the `Errors` of several batches as one, cut to `num_sequences`."""
    columns = zip(*parts, strict=True)
    return Errors(*(np.concatenate(column)[:num_sequences] for column in columns))
