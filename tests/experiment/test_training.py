"""train_and_evaluate: what it leaves behind, what it refuses, and that nothing is lost."""

import json

import keras
import numpy as np
import pytest

from mann import experiment
from mann.experiment import callbacks, checkpoints
from mann.experiment.workdir import Workdir, save_model


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / "run"


def test_a_run_leaves_everything_it_says(small_config, workdir, capsys):
    accuracy = experiment.train_and_evaluate(small_config(), workdir)
    assert accuracy.mean.shape == (3,) and accuracy.num_episodes == 6
    printed = capsys.readouterr().out
    for text in ("num_read_heads", "parameters", "SHA-256", "Backend", "1st", "3rd", "evaluate.py"):
        assert text in printed
    for name in ("config.json", "splits.json", "model.keras", "evaluation.json"):
        assert (workdir / name).stat().st_size > 0
        if name.endswith("keras") or name.endswith("json"):
            assert name in printed or name in ("config.json", "splits.json")
    pictures = {path.name for path in (workdir / "pictures").iterdir()}
    assert pictures == {
        "accuracy_by_instance.png",
        "drawings.png",
        "episode.png",
        "learning_curves.png",
        "memory.png",
    }
    assert Workdir(workdir).saved_steps() == [6, 4]
    lines = Workdir(workdir).read_metrics()
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6]
    assert [line["step"] for line in lines if "validation_score" in line] == [3, 6]
    stored = json.loads((workdir / "evaluation.json").read_text())
    np.testing.assert_allclose(stored["accuracy"], accuracy.mean)
    assert not list(workdir.rglob(".partial*"))


@pytest.mark.parametrize("model", ["lstm", "feedforward"])
def test_baselines_take_the_same_path(model, small_config, workdir):
    experiment.train_and_evaluate(small_config(model__name=model), workdir)
    assert experiment.evaluate(workdir, episodes=4).num_episodes == 4


def test_a_finished_run_is_only_measured_again(small_config, workdir):
    first = experiment.train_and_evaluate(small_config(), workdir)
    before = (workdir / "model.keras").read_bytes()
    second = experiment.train_and_evaluate(small_config(), workdir)
    np.testing.assert_array_equal(first.mean, second.mean)
    assert (workdir / "model.keras").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__name": "transformer"}, "Unknown model 'transformer'.*lrua, lstm, feedforward"),
        ({"task__name": "mnist"}, "Unknown task 'mnist'.*characters, omniglot"),
        ({"model__variant": "best"}, "`variant`.*best"),
        ({"model__num_read_heads": 9}, "`num_read_heads`.*9 heads, 8 slots"),
        ({"task__ways": 6}, "`ways`.*6"),
        ({"task__instances": 21}, "`instances`.*21"),
        ({"train__steps": 0}, "train.steps.*0"),
        ({"train__final_learning_rate": 1.0}, "final_learning_rate.*1.0"),
    ],
)
def test_bad_configs_are_refused_before_anything_is_written(
    changes, message, small_config, workdir
):
    with pytest.raises(experiment.UserError, match=message):
        experiment.train_and_evaluate(small_config(**changes), workdir)
    assert not workdir.exists()


def test_a_workdir_of_another_config_is_left_alone(small_config, workdir):
    experiment.train_and_evaluate(small_config(), workdir)
    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    with pytest.raises(experiment.UserError, match="model.units is 8 there and 9 here"):
        experiment.train_and_evaluate(small_config(model__units=9), workdir)
    assert before == {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_a_folder_of_something_else_is_left_alone(small_config, workdir):
    workdir.mkdir()
    (workdir / "thesis.tex").write_text("years of work")
    with pytest.raises(experiment.UserError, match="no config.json"):
        experiment.train_and_evaluate(small_config(), workdir)
    assert [path.name for path in workdir.iterdir()] == ["thesis.tex"]


def test_other_classes_than_those_trained_on_are_refused(small_config, workdir):
    experiment.train_and_evaluate(small_config(), workdir)
    hashes = json.loads((workdir / "splits.json").read_text())
    (workdir / "splits.json").write_text(json.dumps({**hashes, "test": "0" * 64}))
    with pytest.raises(experiment.UserError, match="other classes"):
        experiment.evaluate(workdir, episodes=4)


def test_evaluating_nothing_says_what_is_missing(workdir):
    with pytest.raises(experiment.UserError, match="config.json is missing"):
        experiment.evaluate(workdir)


@pytest.fixture
def saved(tmp_path):
    """A workdir with the checkpoints of steps 1 and 2."""
    workdir = Workdir(tmp_path)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    for step in (1, 2):
        model.layers[0].bias.assign([step])
        save_model(model, workdir.checkpoint(step))
    return workdir


def damage(path, kind):
    content = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    else:
        path.write_text("not a checkpoint")


@pytest.mark.parametrize("kind", ["truncated", "flipped", "foreign"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(kind, saved, capsys):
    assert checkpoints.load_newest(saved)[1] == 2
    damage(saved.checkpoint(2), kind)
    model, step = checkpoints.load_newest(saved)
    assert step == 1 and float(model.layers[0].bias[0]) == 1
    assert "step_00000002.keras" in capsys.readouterr().out
    damage(saved.checkpoint(1), kind)
    with pytest.raises(experiment.UserError, match="No checkpoint of .* loads"):
        checkpoints.load_newest(saved)


def test_a_diverging_run_stops_and_says_where(small_config, workdir):
    config = small_config(train__learning_rate=1e38, train__final_learning_rate=1e38)
    with pytest.raises(experiment.UserError, match="not finite at step .*learning_rate"):
        experiment.train_and_evaluate(config, workdir)
    for step in Workdir(workdir).saved_steps():
        model = keras.models.load_model(Workdir(workdir).checkpoint(step))
        assert all(np.all(np.isfinite(weight)) for weight in model.get_weights())


def test_a_line_of_metrics_cut_short_does_not_stop_a_resume(tmp_path):
    workdir = Workdir(tmp_path)
    for step in (2, 4, 6):
        workdir.append_metrics({"step": step, "loss": 1.0})
    with open(workdir.metrics, "a") as file:
        file.write('{"step": 8, "lo')
    workdir.forget_metrics_after(4)
    workdir.append_metrics({"step": 6, "loss": 2.0})
    assert [(line["step"], line["loss"]) for line in workdir.read_metrics()] == [
        (2, 1.0),
        (4, 1.0),
        (6, 2.0),
    ]


def test_is_due():
    due = [step for step in range(1, 8) if callbacks.is_due(step, 3, 7)]
    assert due == [3, 6, 7]
