"""The start of a run whose folder holds a model, but not all files of a run."""

import numpy as np
import pytest

from mann import training
from mann.models.build import build_model
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training.start import start

# So slow that no validation is better than the one before training.
CHANGES = {
    "train__steps": 4,
    "train__learning_rate": 1e-30,
    "train__final_learning_rate": 1e-30,
}


@pytest.fixture
def config(small_config):
    return small_config(**CHANGES)


@pytest.fixture
def workdir(config, tmp_path):
    """A workdir with a config alone."""
    workdir = Workdir(tmp_path / "run")
    workdir.claim(config.to_dict(), build_task(config).class_hashes)
    return workdir


def put_model(workdir, config):
    """Leaves a model without an optimizer, as `evaluate.py --pretrained` does, and returns it."""
    model = build_model(config.model, build_task(config))
    # Not what a new model has too.
    model.get_layer("logits").bias.assign([1, 2, 3])
    checkpoints.save_model(model, workdir.model)
    return model


def started(config, workdir):
    task = build_task(config)
    return start(config, task, build_model(config.model, task), workdir)


def scores(workdir):
    lines = workdir.read_metrics()
    return [line["step"] for line in lines if "validation_score" in line]


def assert_same_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-20)


def test_a_model_alone_is_trained_further_and_replaced_by_a_better_one_only(
    config, workdir, capsys
):
    given = put_model(workdir, config)
    before = workdir.model.read_bytes()
    training.train_and_evaluate(config, workdir.path)
    assert f"Starting from {workdir.model}, as there is no checkpoint, at step 0" in (
        capsys.readouterr().out
    )
    assert workdir.model.read_bytes() == before
    assert scores(workdir) == [0, 3, 4]
    assert_same_weights(checkpoints.load(workdir.checkpoint(4)), given)


def test_a_start_from_a_model_is_repeated_after_a_kill(config, workdir):
    given = put_model(workdir, config)
    model, step, origin = started(config, workdir)
    assert (step, origin) == (0, workdir.model) and scores(workdir) == [0]
    assert_same_weights(model, given)
    # Killed before the metrics were written, or after.
    workdir.metrics.unlink()
    for _ in range(2):
        model, step, origin = started(config, workdir)
        assert (step, origin) == (0, workdir.checkpoint(0)) and scores(workdir) == [0]
        assert_same_weights(model, given)


def test_a_model_of_a_run_that_lost_the_rest_goes_on_from_its_step(
    config, workdir, compiled_model, save
):
    given = compiled_model(**CHANGES)
    save(given, workdir.model, 3)
    model, step, origin = started(config, workdir)
    assert (step, origin) == (3, workdir.model) and scores(workdir) == [3]
    assert checkpoints.get_step(model) == 3 and checkpoints.list_saved_steps(workdir) == [3]
    assert_same_weights(model, given)


def test_a_finished_model_alone_is_left_as_it_is(config, workdir, compiled_model, save):
    save(compiled_model(**CHANGES), workdir.model, 4)
    assert started(config, workdir)[1:] == (4, workdir.model)
    assert not checkpoints.list_saved_steps(workdir) and not workdir.metrics.exists()


def test_a_run_that_lost_its_metrics_keeps_its_best_model(config, workdir, compiled_model, save):
    save(compiled_model(**CHANGES), workdir.model, 1)
    save(compiled_model(**CHANGES), workdir.checkpoint(2), 2)
    assert started(config, workdir)[1:] == (2, workdir.checkpoint(2))
    assert scores(workdir) == [1]


def test_a_model_from_before_the_first_checkpoint_is_made_again(
    config, workdir, compiled_model, save
):
    save(compiled_model(**CHANGES), workdir.model, 1)
    workdir.append_metrics({"step": 1, "loss": 1.0})
    assert started(config, workdir)[1:] == (0, None)
    assert not workdir.read_metrics()
    save(compiled_model(**CHANGES), workdir.model, 3)
    with pytest.raises(training.UserError, match="model.keras goes to step 3.*no checkpoint"):
        started(config, workdir)


def test_a_model_that_cannot_serve_is_refused(config, workdir, compiled_model, save):
    def refused(match):
        before = workdir.model.read_bytes()
        with pytest.raises(training.UserError, match=match):
            training.train_and_evaluate(config, workdir.path)
        assert workdir.model.read_bytes() == before
        assert not checkpoints.list_saved_steps(workdir) and not workdir.metrics.exists()

    save(compiled_model(model__units=9), workdir.model, 1)
    refused("model.keras holds another model than that of the run's config")
    workdir.model.write_bytes(workdir.model.read_bytes()[:1000])
    refused("model.keras is damaged.*move it")


def test_a_curriculum_whose_level_is_lost_is_refused(small_copy, tmp_path, save):
    config = small_copy()
    task = build_task(config)
    workdir = Workdir(tmp_path / "run")
    workdir.claim(config.to_dict(), task.class_hashes)
    model = build_model(config.model, task)
    model.compile("adam")
    save(model, workdir.model, 2)
    with pytest.raises(training.UserError, match="metrics.jsonl is missing.*level.*step 2"):
        started(config, workdir)
    save(model, workdir.checkpoint(2), 2)
    with pytest.raises(training.UserError, match="metrics.jsonl is missing.*level.*step 2"):
        started(config, workdir)
    assert not workdir.metrics.exists()
