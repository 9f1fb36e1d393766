"""The task of functions: its loss, its optimum as a bound, and a run by its config."""

import keras
import numpy as np
import pytest
from keras import ops
from small_runs import SMALL_RUN, changed

from configs import functions
from episodes.regression import negative_log_likelihood
from mann.models.gaussian import gaussian_loss
from mann.tasks.build import build_task
from mann.training import UserError, evaluate, train_and_evaluate


@pytest.fixture
def small_functions():
    return lambda **changes: changed(
        functions.get_config(), SMALL_RUN | {"task.num_points": 6}, changes
    )


def test_loss_is_the_negative_log_likelihood():
    rng = np.random.default_rng(0)
    targets, outputs = rng.normal(size=(3, 5)), rng.normal(size=(3, 5, 2))
    loss = ops.convert_to_numpy(gaussian_loss(ops.cast(targets, "float32"), outputs.astype("f")))
    expected = negative_log_likelihood(targets, outputs[..., 0], np.exp(outputs[..., 1]))
    np.testing.assert_allclose(loss, expected, rtol=1e-4)
    # A variance of nothing, or of everything, is no reason to overflow.
    extreme = np.stack([np.zeros(2), [-1e9, 1e9]], axis=-1)[None].astype("float32")
    assert np.all(np.isfinite(gaussian_loss(np.ones((1, 2), "float32"), extreme)))


class Process:
    """Answers as the true process does."""

    def __init__(self, sampler):
        self.sampler = sampler

    def predict_on_batch(self, inputs):
        # The value at a point comes with the next; the last one is not needed.
        from episodes.regression import FunctionBatch

        targets = np.pad(inputs[:, 1:, -2], ((0, 0), (0, 1)))
        mean, variance = self.sampler.optimum(FunctionBatch(inputs, targets))
        return np.stack([mean, np.log(variance)], axis=-1)


def test_the_true_process_reaches_the_optimum(small_functions):
    task = build_task(small_functions())
    nats, squared, excess = task.evaluate(Process(task.samplers[0]), 20, batch_size=8)
    assert list(nats.values) == list(squared.values) == list(range(6))
    for k in range(6):
        assert len(nats.values[k]) == 20
        assert nats.mean(k) == pytest.approx(nats.references["optimum"][k], abs=1e-4)
    assert excess.overall() == pytest.approx(0, abs=1e-5)
    validation = task.validate(Process(task.samplers[0]), 20, 8)
    assert task.score(validation) == pytest.approx(-validation.mean("optimum"), abs=1e-5)


def test_a_run_leaves_a_table_and_pictures(small_functions, tmp_path, capsys):
    train_and_evaluate(small_functions(), tmp_path / "run")
    printed = capsys.readouterr().out
    assert "optimum" in printed and "Nats above the optimum (nats per value)" in printed
    names = {path.name for path in (tmp_path / "run" / "pictures").iterdir()}
    assert names == {
        "functions.png",
        "learning_curves.png",
        "nats_above_the_optimum_by_points.png",
        "negative_log-likelihood_by_points_before.png",
        "squared_error_by_points_before.png",
    }
    with pytest.raises(UserError, match="option ways does not apply to functions, .*: none"):
        evaluate(tmp_path / "run", 4, options={"ways": [5]}, pictures=False)
    assert keras.models.load_model(tmp_path / "run" / "model.keras").output_shape[-1] == 2


def test_bad_configs(small_functions, tmp_path):
    with pytest.raises(UserError, match="task.noise must be .* above 0"):
        train_and_evaluate(small_functions(task__noise=0.0), tmp_path / "run")
