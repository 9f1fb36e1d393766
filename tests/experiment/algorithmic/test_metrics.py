"""Wrong bits and cross-entropy, in NumPy and as Keras metrics, and the curricula."""

import numpy as np
import pytest

from episodes.algorithmic import Batch
from mann.evaluation import algorithmic_report as report
from mann.evaluation import errors_by_level
from mann.evaluation.bits import BitErrorsPerSequence, BitsPerSequence
from mann.tasks.curriculum import Curriculum


def random_batch(seed=0):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, (5, 7, 3)).astype("float32")
    weights = rng.integers(0, 2, (5, 7)).astype("float32")
    return Batch(None, targets, weights), rng.normal(size=(5, 7, 3)).astype("float32")


def test_errors_by_hand():
    targets, weights = np.array([[[1.0], [0.0], [1.0]]]), np.array([[1.0, 1.0, 0.0]])
    logits = np.log(np.array([[[0.25 / 0.75], [0.5 / 0.5 + 1e-9], [9.0]]]))
    optimal = np.array([[[0.5], [0.25], [0.0]]])
    errors = errors_by_level.measure(logits, Batch(None, targets, weights), optimal)
    assert errors.bit_errors == [2] and errors.num_bits == [2]
    np.testing.assert_allclose(errors.bits, [2 + 1], rtol=1e-6)
    np.testing.assert_allclose(errors.optimal_bits, [1 + np.log2(4 / 3)])


def test_sure_answers_stay_finite():
    batch, logits = random_batch()
    errors = errors_by_level.measure(1e4 * logits, batch, batch.targets)
    assert np.all(np.isfinite(errors.bits)) and np.all(errors.optimal_bits == 0)


def test_keras_metrics_agree_with_the_errors():
    batch, logits = random_batch()
    errors = errors_by_level.measure(logits, batch, batch.targets)
    for metric, values in (
        (BitsPerSequence(), errors.bits),
        (BitErrorsPerSequence(), errors.bit_errors),
    ):
        # In two parts of different size, as batches of a run may be.
        for part in (slice(0, 2), slice(2, 5)):
            metric.update_state(batch.targets[part], logits[part], batch.weights[part])
        np.testing.assert_allclose(metric.result(), values.mean(), rtol=1e-5)


def test_join_cuts_the_last_batch():
    batch, logits = random_batch()
    errors = errors_by_level.measure(logits, batch, batch.targets)
    joined = errors_by_level.join([errors, errors], 7)
    np.testing.assert_array_equal(joined.bits, [*errors.bits, *errors.bits[:2]])


def test_table_names_the_axis_and_shows_the_optimum_where_there_is_one():
    batch, logits = random_batch()
    exact = errors_by_level.measure(logits, batch, batch.targets)
    fair = errors_by_level.measure(logits, batch, np.full_like(logits, 0.5))
    text = report.table(errors_by_level.ErrorsByLevel("items", {6: exact, 15: exact}))
    assert text.splitlines()[0].split() == ["items", "6", "15"] and "optimum" not in text
    assert f"{exact.bit_errors.mean():.2f} +- " in text.splitlines()[1]
    text = report.table(errors_by_level.ErrorsByLevel("length", {6: fair}))
    assert f"{fair.num_bits.mean():.2f} +- " in text.splitlines()[3]


def make(name, start=3, levels=(2, 10)):
    axes = {"length": levels, "repeats": (1, 3)}
    return Curriculum(name, "length", axes, start=start, threshold=0.1, every=5)


def test_uniform_leaves_levels_to_the_task():
    curriculum = make("uniform")
    assert curriculum.first == curriculum.last == 10
    assert curriculum.draw(np.random.default_rng(0), 8, 10) == {}


def test_doubling_doubles_and_draws_up_to_the_level():
    curriculum = make("doubling")
    assert [curriculum.after(level) for level in (3, 6, 10)] == [6, 10, 10]
    levels = curriculum.draw(np.random.default_rng(0), 2000, 6)["length"]
    np.testing.assert_allclose(np.bincount(levels)[2:], 400, atol=80)


def test_look_back_stays_at_the_level_but_for_one_in_ten():
    curriculum = make("look_back")
    assert [curriculum.after(level) for level in (3, 9, 10)] == [4, 10, 10]
    levels = curriculum.draw(np.random.default_rng(0), 10000, 5)["length"]
    assert set(levels) == {2, 3, 4, 5}
    np.testing.assert_allclose(np.mean(levels < 5), 0.1 * 3 / 4, atol=0.01)


def test_a_start_out_of_the_range_is_moved_into_it():
    assert make("doubling", start=1).first == 2 and make("look_back", start=99).first == 10


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "random"),
        ("axis", "items"),
        ("start", 0),
        ("every", 0),
        ("threshold", 1.0),
        ("threshold", -0.1),
    ],
)
def test_bad_curricula_are_named(field, value):
    fields = {"name": "doubling", "axis": "length", "start": 3, "threshold": 0.1, "every": 5}
    with pytest.raises(ValueError, match=f"curriculum.{field}.*Received.*{value}"):
        Curriculum(axes={"length": (2, 10)}, **(fields | {field: value}))
