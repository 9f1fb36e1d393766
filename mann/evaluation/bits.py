"""Wrong bits and cross-entropy: papers call both bits per sequence, here each has its name."""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops


class _PerSequence(keras.metrics.Mean):
    """The mean over sequences of a sum over the bits that count."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        values = ops.sum(self.measure_bits(y_true, y_pred), axis=-1)
        if sample_weight is not None:
            values = values * ops.cast(sample_weight, values.dtype)
        return super().update_state(ops.sum(values, axis=-1))


@keras.saving.register_keras_serializable(package="mann")
class BitsPerSequence(_PerSequence):
    """Cross-entropy of a sequence in bits, which the NTM paper calls bits per sequence.

    Example:

    >>> metric = BitsPerSequence()
    >>> metric.update_state([[[1.0], [0.0]]], [[[0.0], [0.0]]])
    >>> round(float(metric.result()), 4)
    2.0
    """

    def __init__(self, name="bits_per_sequence", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure_bits(self, y_true, y_pred):
        return ops.binary_crossentropy(y_true, y_pred, from_logits=True) / ops.log(2.0)


@keras.saving.register_keras_serializable(package="mann")
class BitErrorsPerSequence(_PerSequence):
    """Wrong bits of a sequence, each logit rounded to 0 or 1.

    Example:

    >>> metric = BitErrorsPerSequence()
    >>> metric.update_state([[[1.0], [0.0]]], [[[-3.0], [-3.0]]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name="bit_errors_per_sequence", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure_bits(self, y_true, y_pred):
        return ops.cast((y_pred > 0) != (y_true > 0.5), "float32")


class Errors(NamedTuple):
    """Errors on some sequences, each an array of shape `(sequences,)`.

    Attributes:
        wrong: wrong bits, once each probability is rounded.
        bits: cross-entropy in bits, which the NTM paper calls bits per sequence.
        optimum: cross-entropy in bits of the optimal answer.
        counted: number of bits that count.
    """

    wrong: np.ndarray
    bits: np.ndarray
    optimum: np.ndarray
    counted: np.ndarray


def measure_errors(logits, batch, optimal):
    """Returns the `Errors` of logits on a batch.

    Args:
        logits: array of shape `(batch, time, bits)`.
        batch: `episodes.algorithmic.Batch`.
        optimal: array like `logits`, the optimal probabilities.

    Example:

    >>> from episodes.algorithmic import Batch
    >>> batch = Batch(None, np.array([[[1.0, 0.0]]]), np.ones((1, 1)))
    >>> measured = measure_errors(np.array([[[0.0, -50.0]]]), batch, batch.targets)
    >>> measured.wrong.tolist(), measured.bits.tolist()
    ([1.0], [1.0])
    """
    weights = batch.weights[:, :, None]
    targets = batch.targets

    def total(values):
        return np.sum(values * weights, axis=(1, 2), dtype=np.float64)

    nats = np.logaddexp(0, logits) - logits * targets
    # Optimal probabilities may be 0 or 1, and are defined only where the answer counts.
    likelihood = np.where(weights > 0, np.where(targets > 0.5, optimal, 1 - optimal), 1)
    return Errors(
        total((logits > 0) != (targets > 0.5)),
        total(nats) / np.log(2),
        total(-np.log2(likelihood)),
        total(np.ones_like(targets)),
    )
