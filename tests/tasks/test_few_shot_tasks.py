"""Few-shot tasks: experiments of every kind, measured with all options, and few drawings."""

import keras
import pytest

from episodes import FewShotDataset, Splits
from episodes.wording import count
from mann.models.build import build_model
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import UserError, evaluate, train_and_evaluate


@pytest.mark.parametrize(
    ("changes", "pictures"),
    [
        ({
            "task__labels": "string", "task__consecutive": 2, "model__name": "ntm",
            # A third class comes with step 4, past the batches from which Keras takes the lengths.
            "task__first_ways": 2, "task__episodes_per_way": 16,
        }, True),
        ({"model__name": "nearest_neighbor", "train__steps": 0, "task__queries": 2}, False),
        ({"model__name": "matching", "task__queries": 2}, False),
    ],
    ids=["changes0", "changes1", "changes2"],
)  # fmt: skip
def test_experiments_of_every_kind_train_save_and_measure(
    changes, pictures, small_config, tmp_path
):
    train_and_evaluate(small_config(**changes), tmp_path / "run")
    options = {"protocol": ["instance", "nway"], "shots": [1], "queries": 2}
    by_instance, nway = evaluate(tmp_path / "run", episodes=3, options=options, pictures=pictures)
    assert len(by_instance.values[1]) == 3
    assert [len(values) for values in nway.values.values()] == [3]


def test_classes_grow_with_the_episodes_seen(small_config):
    config = small_config(
        task__ways=5, task__first_ways=2, task__episodes_per_way=10, task__labels="string",
        task__num_validation_classes=5,
    )  # fmt: skip
    task = build_task(config)
    ways = [task.growing.get_level(first) for first in (0, 9, 10, 29, 30, 1000)]
    assert ways == [2, 2, 3, 4, 5, 5]
    inputs, targets = task.training_batch(5, 2, None)
    assert inputs.shape == (2, 9, 144 + 25) and targets.shape == (2, 9, 5)
    assert task.lengths_vary


def test_maml_is_not_measured_by_instance(small_config, tmp_path):
    config = small_config(model__name="maml", task__shots=1, task__queries=2)
    result = train_and_evaluate(config, tmp_path / "run")
    assert [list(each.values) for each in result] == [["3-way 1-shot", "3-way 5-shot"]]
    with pytest.raises(UserError, match="adapts to a whole support set"):
        evaluate(tmp_path / "run", episodes=4, options={"protocol": ["instance"]}, pictures=False)


def test_both_metrics_of_one_model(trained_run, capsys):
    capsys.readouterr()
    by_instance, nway = evaluate(
        trained_run, episodes=4, options={"protocol": ["instance", "nway", "nway"], "shots": [1, 2]}
    )
    assert by_instance.by == "instance" and len(by_instance.values[3]) == 4
    assert [len(values) for values in nway.values.values()] == [4, 4]
    assert list(nway.values) == ["3-way 1-shot", "3-way 2-shot"]
    printed = capsys.readouterr().out
    assert "Accuracy (%) by instance: 4 episodes of 3 ways, 5 classes never seen" in printed
    assert "3-way 2-shot" in printed and "chance" in printed
    for name in ("instance", "n-way_k-shot"):
        assert (trained_run / "pictures" / f"accuracy_by_{name}.png").exists()


def test_another_memory_and_options_are_those_of_the_last_measure(trained_run):
    options = {"protocol": ["nway"], "ways": range(2, 4), "shots": (1,), "queries": 2}
    evaluate(trained_run, 4, seed=3, options=options, memory_size=20, pictures=False)
    written = Workdir(trained_run).read_evaluation()
    expected = {"protocol": ["nway"], "ways": [2, 3], "shots": [1], "queries": 2}
    assert (written["options"], written["memory_size"]) == (expected, 20)
    (nway,) = written["measurements"]
    assert [row["condition"] for row in nway["conditions"]] == ["2-way 1-shot", "3-way 1-shot"]
    evaluate(trained_run, 4, pictures=False)
    written = Workdir(trained_run).read_evaluation()
    assert (written["options"], written["memory_size"]) == ({}, 8)
    assert [each["by"] for each in written["measurements"]] == ["instance"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": ["oneshot"]}, "--protocol=oneshot is unknown.*instance,nway,manyway"),
        ({"protocol": ["lake_runs"]}, "needs --runs_zip"),
        ({"protocol": ["nway"], "ways": [4]}, "--ways=4: this model can distinguish at most 3"),
        (
            {"protocol": ["nway"], "shots": [25]},
            "shots=25 and queries=1: an episode needs 26 drawings",
        ),
        ({"protocol": ["lake_runs"], "runs_zip": "none.zip"}, "none.zip cannot be read"),
        ({"shots": [1]}, "--shots is for --protocol=nway or manyway: add"),
        ({"draws": 3}, "--draws is for --protocol=manyway or stream or within_alphabet"),
        ({"views": 3}, "--views is for --protocol=nway or within_alphabet or lake_runs: add"),
        ({"protocol": ["manyway"]}, "an encoder, and this model has none.*instance,nway"),
        ({"protocol": ["stream"]}, "an encoder, and this model has none.*instance,nway"),
        ({"protocol": ["stream"], "ways": [6]}, "--ways=6 is more than the number of test classes"),
        (
            {"protocol": ["manyway"], "shots": [1, 18], "queries": 3},
            "shots=18 and queries=3: an episode needs 21 drawings",
        ),
        (
            {"length": [3]},
            "option length does not apply to characters, .*: protocol, ways",
        ),
        ({"protocol": []}, "--protocol is empty: give one or more of instance,nway,manyway"),
    ],
)
def test_options_that_cannot_be_measured_are_refused(trained_run, options, message):
    with pytest.raises(UserError, match=message):
        evaluate(trained_run, episodes=4, options=options, pictures=False)


def with_few_drawings(config, fewest, names=("validation", "test")):
    """Returns the task of a config, with `fewest` drawings of one class of some splits."""
    task = build_task(config)
    few = {
        name: FewShotDataset(
            part.images, part.class_names, [fewest] + [20] * (len(part.images) - 1)
        )
        for name, part in task.splits._asdict().items()
        if name in names
    }
    return type(task)(Splits(**{**task.splits._asdict(), **few}), config.task, 0, 0)


@pytest.mark.parametrize(
    ("fewest", "expected", "left_out"),
    [
        (8, [(1, 3), (5, 3)], ""),
        (5, [(1, 4)], "Not measured: 5-shot, which takes 6 drawings of a class or more"),
        (2, [(1, 1)], "Not measured: 5-shot"),
    ],
)
def test_no_more_drawings_are_used_than_there_are(fewest, expected, left_out, small_config, capsys):
    config = small_config(model__name="nearest_neighbor")
    task = with_few_drawings(config, fewest)
    model = build_model(config.model, task)
    task.validate(model, 2, 2)
    result = task.evaluate(model, 2, 2, {"protocol": ["nway", "instance"], "ways": [3]})
    nway, by_instance = result
    assert list(nway.values) == [f"3-way {shots}-shot" for shots, _ in expected]
    assert count(expected[0][1], "query") + " of each class" in nway.about
    assert len(by_instance.values) == min(fewest, 10)
    printed = capsys.readouterr().out
    assert left_out in printed and ("Not measured" in printed) == bool(left_out)
    # Options that are given are not changed.
    with pytest.raises(UserError, match=r"an episode needs 30 drawings of a class, because"):
        task.evaluate(model, 2, 2, {"protocol": ["nway"], "shots": [10], "queries": 20})


@pytest.mark.parametrize("model", ["lrua", "nearest_neighbor"])
def test_too_few_drawings_to_test_on_are_refused_before_training(model, small_config):
    config = small_config(model__name=model)
    with pytest.raises(ValueError, match="drawings of a class.*has 1"):
        with_few_drawings(config, 1, names=["test"])


@pytest.mark.parametrize(
    ("model", "encoder"),
    [("nearest_neighbor", "none"), ("matching", "conv"), ("maml", "conv"), ("lrua", "conv")],
)
def test_many_ways_and_streams_by_the_features_of_any_encoder(model, encoder, small_config):
    config = small_config(
        model__name=model, model__encoder__name=encoder, task__rotations=True, task__queries=2
    )
    options = {"protocol": ["manyway", "stream"], "ways": [2, 5], "draws": 4}

    def measure(seed):
        task = build_task(config, seed)
        keras.utils.set_random_seed(0)
        return task.evaluate(build_model(config.model, task), 2, 2, options)

    means, nearest, *streams = measure(seed=1)
    conditions = ["2-way 1-shot", "2-way 5-shot", "5-way 1-shot", "5-way 5-shot"]
    assert (means.by, nearest.by) == ("class means", "nearest image")
    assert list(means.values) == list(nearest.values) == conditions
    assert all(len(values) == 4 for values in means.values.values())
    # One image is its own mean.
    assert means.mean("5-way 1-shot") == nearest.mean("5-way 1-shot") > 20
    two, five = streams[:3], streams[3:]
    assert [each.name for each in five] == ["accuracy", "accuracy", "slots"]
    assert list(two[0].values) == list(range(1, 21)) and two[0].mean(1) == 0
    assert two[2].mean("every drawing") == 20
    measured = [each.to_json() for each in (means, nearest, *streams)]
    assert [each.to_json() for each in measure(seed=1)] == measured
    assert [each.to_json() for each in measure(seed=2)] != measured
