"""train_and_evaluate: the files it writes, the errors it raises, and that nothing is lost."""

import json
import shutil

import keras
import numpy as np
import pytest

from configs import omniglot
from episodes.cache import write_arrays
from mann import training
from mann.models.build import build_model
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / "run"


def test_a_run_leaves_everything_it_says(small_config, workdir, capsys):
    (accuracy,) = training.train_and_evaluate(small_config(), workdir)
    assert {k: len(values) for k, values in accuracy.values.items()} == {1: 6, 2: 6, 3: 6}
    printed = capsys.readouterr().out
    for text in (
        "num_read_heads",
        "parameters",
        "SHA-256",
        "Backend",
        "by instance",
        "chance",
        "mann evaluate",
    ):
        assert text in printed
    for name in ("config.json", "splits.json", "model.keras", "evaluation.json"):
        assert (workdir / name).stat().st_size > 0
    for name in ("model.keras", "evaluation.json", "metrics.jsonl", "checkpoints", "pictures"):
        assert str(workdir / name) in printed
    pictures = {path.name for path in (workdir / "pictures").iterdir()}
    assert pictures == {
        "accuracy_by_instance.png",
        "drawings.png",
        "episode.png",
        "learning_curves.png",
        "memory.png",
    }
    assert checkpoints.list_saved_steps(Workdir(workdir)) == [6, 4]
    lines = Workdir(workdir).read_metrics()
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6]
    assert [line["step"] for line in lines if "validation_score" in line] == [3, 6]
    stored = json.loads((workdir / "evaluation.json").read_text())
    written = [row["mean"] for row in stored["measurements"][0]["conditions"]]
    np.testing.assert_allclose(written, [accuracy.mean(k) for k in (1, 2, 3)])
    assert not list(workdir.rglob(".partial*"))


@pytest.mark.parametrize("model", ["ntm", "dnc", "sam", "lstm", "feedforward"])
def test_other_models_take_the_same_path(model, small_config, workdir):
    training.train_and_evaluate(small_config(model__name=model), workdir)
    (accuracy,) = training.evaluate(workdir, episodes=4, pictures=False)
    assert len(accuracy.values[1]) == 4


@pytest.mark.parametrize(
    ("name", "default"), [("lrua", 1.0), ("ntm", -1.0), ("dnc", 1.0), ("sam", 1.0)]
)
def test_a_field_of_none_leaves_the_default_of_the_memory(name, default, small_config):
    for given, expected in ((None, default), (0.5, 0.5)):
        config = small_config(model__name=name, model__forget_bias=given)
        cell = build_model(config.model, build_task(config)).get_layer("memory").cell
        assert cell.forget_bias == expected


def test_a_finished_run_is_only_measured_again(small_config, workdir):
    (first,) = training.train_and_evaluate(small_config(), workdir)
    before = (workdir / "model.keras").read_bytes()
    (second,) = training.train_and_evaluate(small_config(), workdir)
    np.testing.assert_equal(first.values, second.values)
    assert (workdir / "model.keras").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"model__name": "transformer"},
            "model.name must be one of lrua, ntm, dnc, sam, fast_weights, lstm, feed.*transformer",
        ),
        ({"task__name": "mnist"}, "task.name must be one of characters, omniglot.*mnist"),
        ({"model__variant": "best"}, "model.variant must be one of default, paper.*best"),
        ({"model__num_read_heads": 9}, "`num_read_heads`.*num_read_heads=9, memory_size=8"),
        (
            {"task__ways": 6},
            "task.ways is 6.*number of validation classes is only 4.*num_validation_classes",
        ),
        ({"task__ways": 0}, "task.ways must be an integer of 1 or more.*0"),
        ({"task__num_test_classes": -5}, "num_test_classes must be .*-5"),
        ({"seed": -1}, "seed.*-1"),
        ({"test_episodes": 0}, "test_episodes.*0"),
        ({"train__validation_episodes": 0}, "validation_episodes.*0"),
        ({"train__clip_norm": -1.0}, "clip_norm.*-1"),
        ({"task__instances": 21}, "`instances`.*21"),
        ({"train__steps": 0}, "train.steps must be 1 or more.*0"),
        ({"model__name": "nearest_neighbor"}, "train.steps must be 0: .*nearest_neighbor, has no"),
        ({"train__final_learning_rate": 1.0}, "final_learning_rate.*1.0"),
    ],
)
def test_bad_configs_are_refused_before_anything_is_written(
    changes, message, small_config, workdir
):
    with pytest.raises(training.UserError, match=message):
        training.train_and_evaluate(small_config(**changes), workdir)
    assert not workdir.exists()


@pytest.mark.parametrize(
    ("section", "field"),
    [(None, "train"), ("train", "steps"), ("model", "units"), ("task", "ways")],
)
def test_a_config_that_lacks_a_field_is_refused(section, field, small_config, workdir):
    config = small_config()
    del (config[section] if section else config)[field]
    with pytest.raises(training.UserError, match=f"--config.*{field}"):
        training.train_and_evaluate(config, workdir)
    assert not workdir.exists()


def test_a_workdir_of_another_config_is_left_alone(small_config, trained_run, workdir):
    shutil.copytree(trained_run, workdir)
    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    with pytest.raises(training.UserError, match="model.units is 8 there and 9 here"):
        training.train_and_evaluate(small_config(model__units=9, train__steps=1), workdir)
    assert before == {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_a_folder_of_something_else_is_left_alone(small_config, workdir):
    workdir.mkdir()
    (workdir / "thesis.tex").write_text("years of work")
    with pytest.raises(training.UserError, match="no config.json"):
        training.train_and_evaluate(small_config(), workdir)
    assert [path.name for path in workdir.iterdir()] == ["thesis.tex"]


def test_other_classes_than_those_trained_on_are_refused(trained_run, workdir):
    shutil.copytree(trained_run, workdir)
    hashes = json.loads((workdir / "splits.json").read_text())
    (workdir / "splits.json").write_text(json.dumps({**hashes, "test": "0" * 64}))
    with pytest.raises(training.UserError, match="other classes"):
        training.evaluate(workdir, episodes=4)


def test_evaluating_nothing_says_what_is_missing(workdir):
    with pytest.raises(training.UserError, match="config.json is missing"):
        training.evaluate(workdir)


def test_a_run_without_its_checkpoints_is_left_alone(small_config, trained_run, workdir):
    shutil.copytree(trained_run, workdir)
    shutil.rmtree(workdir / "checkpoints")
    Workdir(workdir).append_metrics({"step": 3, "loss": 1.0})
    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    with pytest.raises(training.UserError, match="goes to step 3.*no checkpoint"):
        training.train_and_evaluate(small_config(train__steps=1), workdir)
    assert before == {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_a_run_killed_at_its_start_begins_again(small_config, workdir):
    config = small_config()
    Workdir(workdir).claim(config.to_dict(), {})
    (workdir / "splits.json").unlink()
    (workdir / ".partial-1-config.json").write_text("{")
    Workdir(workdir).append_metrics({"step": 1, "loss": 9.0, "validation_score": 2.0})
    training.train_and_evaluate(config, workdir)
    assert [line["step"] for line in Workdir(workdir).read_metrics()] == [2, 3, 4, 6, 6]
    assert (workdir / "model.keras").exists() and not list(workdir.rglob(".partial*"))


@pytest.mark.parametrize("content", ["[]", '{"architectures": ["A"]}', "{"])
def test_a_foreign_config_is_refused(content, small_config, workdir):
    workdir.mkdir()
    (workdir / "config.json").write_text(content)
    for act in (
        lambda: training.evaluate(workdir),
        lambda: training.train_and_evaluate(small_config(), workdir),
    ):
        with pytest.raises(training.UserError, match="config.json.*another --workdir"):
            act()
    assert (workdir / "config.json").read_text() == content


def test_omniglot_by_its_config(tmp_path, workdir, monkeypatch):
    number = np.arange(1623)
    images = np.random.default_rng(0).integers(0, 256, (1623, 10, 20, 20), np.uint8)
    content = {
        "class_names": np.array([f"Alphabet{i % 50}/character{i}" for i in number]),
        "background": number % 50 < 30,
        "images": images,
    }
    write_arrays(tmp_path / "omniglot-20x20.npz", "omniglot 20x20, format 1", content)
    monkeypatch.setenv("MANN_CACHE_DIR", str(tmp_path))
    config = omniglot.get_config()
    sizes = {"train.steps": 2, "train.validation_episodes": 2, "test_episodes": 2}
    config.update_from_flattened_dict(sizes | {"model.units": 8, "train.batch_size": 2})
    (accuracy,) = training.train_and_evaluate(config, workdir)
    assert accuracy.shown == (1, 2, 3, 4, 5, 10)
    assert accuracy.references["MANN (Santoro 2016)"][2] == 82.8
    assert (workdir / "pictures" / "memory.png").exists()


def test_a_diverging_run_stops_and_says_where(small_config, workdir):
    config = small_config(train__learning_rate=1e38, train__final_learning_rate=1e38)
    with pytest.raises(training.UserError, match="not finite at step .*learning_rate"):
        training.train_and_evaluate(config, workdir)
    for step in checkpoints.list_saved_steps(Workdir(workdir)):
        model = keras.models.load_model(Workdir(workdir).checkpoint(step))
        assert all(np.all(np.isfinite(weight)) for weight in model.get_weights())
