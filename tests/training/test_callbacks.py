"""Callbacks between steps: averages continue after a stop, and curves are written."""

import sys

import keras
import numpy as np
import pytest
from ml_collections import config_dict

from mann.runs.workdir import Workdir
from mann.training.callbacks import Checkpoint, Report, is_due
from mann.training.devices import Replicas
from mann.training.processes import Processes
from mann.training.scalars import Scalars
from mann.training.signals import StopOnSignal


def fit(model, workdir, checkpoint_every, first_step, last_step):
    """Trains steps `first_step` to `last_step` of ten, and returns the lines of all so far."""
    config = config_dict.create(steps=10, report_every=4, checkpoint_every=checkpoint_every)
    rng = np.random.default_rng(0)
    inputs, weights = rng.normal(size=(20, 3)), rng.random(20)
    rows = slice(2 * first_step, 2 * last_step)
    scalars, alone = Scalars(workdir.tensorboard), Processes()
    replicas = Replicas(model, None, None, alone)
    model.fit(
        inputs[rows],
        inputs[rows].sum(axis=1) > 0,
        sample_weight=weights[rows],
        batch_size=2,
        shuffle=False,
        verbose=0,
        callbacks=[
            Report(first_step, config, workdir, scalars, alone),
            Checkpoint(first_step, config, workdir, StopOnSignal(alone), replicas, alone),
        ],
    )
    scalars.close()
    return [line for line in workdir.read_metrics() if "loss" in line]


def new_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy", "mae"])
    return model


# The step after the stop is reported or not.
@pytest.mark.parametrize("stop", [6, 7])
def test_the_first_line_after_a_stop_averages_over_the_steps_before_it(stop, tmp_path):
    straight, broken = Workdir(tmp_path / "straight"), Workdir(tmp_path / "broken")
    expected = fit(new_model(), straight, stop, 0, 10)
    fit(new_model(), broken, stop, 0, 8)
    broken.forget_metrics_after(stop)
    lines = fit(keras.models.load_model(broken.checkpoint(stop)), broken, stop, stop, 10)
    assert [line["step"] for line in lines] == [4, 8, 10]
    for line, other in zip(lines, expected, strict=True):
        for name in ("loss", "accuracy", "mae"):
            assert line[name] == other[name]


def test_sums_of_another_version_are_left_aside(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.write_metrics([{"step": 0, "metric_sums": [1.0]}])
    assert [line["step"] for line in fit(new_model(), workdir, 5, 0, 5)] == [4]


def test_curves_are_written_for_tensorboard(tmp_path):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator(str(tmp_path))
    scalars = Scalars(tmp_path)
    scalars.write(2, {"train/loss": 0.5})
    scalars.write(4, {"train/loss": 0.25})
    scalars.close()
    accumulator.Reload()
    points = [
        (event.step, event.tensor_proto.float_val[0]) for event in accumulator.Tensors("train/loss")
    ]
    assert points == [(2, 0.5), (4, 0.25)]


def test_without_tensorboard_a_run_goes_on_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    scalars = Scalars(tmp_path / "tensorboard")
    assert "TensorBoard events are not written" in capsys.readouterr().out
    scalars.write(2, {"train/loss": 0.5})
    scalars.close()
    assert not (tmp_path / "tensorboard").exists()


def test_is_due():
    due = [step for step in range(1, 8) if is_due(step, 3, 7)]
    assert due == [3, 6, 7]
