"""Wrong bits and cross-entropy, in NumPy and as Keras metrics."""

import numpy as np

from episodes.algorithmic import Batch
from mann.evaluation import bits


def random_batch(seed=0):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, (5, 7, 3)).astype("float32")
    weights = rng.integers(0, 2, (5, 7)).astype("float32")
    return Batch(None, targets, weights), rng.normal(size=(5, 7, 3)).astype("float32")


def test_errors_by_hand():
    targets, weights = np.array([[[1.0], [0.0], [1.0]]]), np.array([[1.0, 1.0, 0.0]])
    logits = np.log(np.array([[[0.25 / 0.75], [0.5 / 0.5 + 1e-9], [9.0]]]))
    optimal = np.array([[[0.5], [0.25], [0.0]]])
    errors = bits.measure_errors(logits, Batch(None, targets, weights), optimal)
    assert errors.wrong == [2] and errors.counted == [2]
    np.testing.assert_allclose(errors.bits, [2 + 1], rtol=1e-6)
    np.testing.assert_allclose(errors.optimum, [1 + np.log2(4 / 3)])


def test_sure_answers_stay_finite():
    batch, logits = random_batch()
    errors = bits.measure_errors(1e4 * logits, batch, batch.targets)
    assert np.all(np.isfinite(errors.bits)) and np.all(errors.optimum == 0)


def test_keras_metrics_agree_with_the_errors():
    batch, logits = random_batch()
    errors = bits.measure_errors(logits, batch, batch.targets)
    for metric, values in (
        (bits.BitsPerSequence(), errors.bits),
        (bits.BitErrorsPerSequence(), errors.wrong),
    ):
        # In two parts of different size, as batches of a run may be.
        for part in (slice(0, 2), slice(2, 5)):
            metric.update_state(batch.targets[part], logits[part], batch.weights[part])
        np.testing.assert_allclose(metric.result(), values.mean(), rtol=1e-5)
