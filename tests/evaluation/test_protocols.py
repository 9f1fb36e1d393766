"""Each protocol on predictors whose answers are known, and how bad input is refused."""

import io
import zipfile

import keras
import numpy as np
import pytest
from ml_collections import ConfigDict
from PIL import Image

from episodes import (
    FewShotDataset,
    FewShotSampler,
    SequenceSampler,
    Splits,
    generate_characters,
    load_lake_runs,
)
from episodes.omniglot_tfds import average_area
from mann.evaluation import lake_runs, protocols
from mann.models.build import build_model, resize_memory
from mann.models.predictors import SequencePredictor
from mann.pretrained import load_predictor
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import UserError, evaluate, train_and_evaluate


class Oracle:
    """Knows the class of a drawing by its pixels, so that it never errs; or always errs."""

    most_ways = None

    def __init__(self, right=True):
        self.right = right

    def score(self, support_images, support_labels, query_images, ways):
        support, query = (images.mean(axis=(2, 3)) for images in (support_images, query_images))
        nearest = abs(query[:, :, None] - support[:, None]).argmin(axis=-1)
        answers = np.take_along_axis(support_labels, nearest, axis=1)
        return np.eye(ways)[answers if self.right else (answers + 1) % ways]


def flat_classes(num_classes=30, num_drawings=12):
    grey = np.arange(num_classes, dtype=np.uint8) * 8
    images = np.broadcast_to(grey[:, None, None, None], (num_classes, num_drawings, 4, 4))
    return FewShotDataset(images.copy(), [f"class{i}" for i in range(num_classes)])


def test_nway_counts_right_answers():
    samplers = [FewShotSampler(flat_classes(), ways=5, shots=k, queries=3) for k in (2, 1)]
    measured = protocols.measure_nway(Oracle(), samplers, 7, images_at_once=75)
    assert list(measured.values) == ["5-way 2-shot", "5-way 1-shot"]
    assert measured.values["5-way 2-shot"].tolist() == 7 * [100]
    assert protocols.measure_nway(Oracle(right=False), samplers, 7).overall() == 0

    class Mixed(Oracle):
        def score(self, *arguments):
            scores = super().score(*arguments)
            scores[0] = np.roll(scores[0], 1, axis=-1)
            return scores

    # One episode in each batch is all wrong: the interval is over episodes, not over queries.
    measured = protocols.measure_nway(Mixed(), samplers[:1], 8, images_at_once=100)
    assert measured.values["5-way 2-shot"].tolist() == [0, 100, 100, 100, 0, 100, 100, 100]


def test_accuracy_by_instance_is_of_each_episode():
    instances = np.array([[1, 1, 2, 2], [1, 2, 1, 2]])
    targets = np.array([[0, 1, 0, 1], [1, 1, 0, 0]])
    predictions = np.array([[0, 0, 0, 1], [0, 1, 1, 1]])
    values = protocols.compute_accuracy_by_instance(predictions, targets, instances)
    assert {k: percents.tolist() for k, percents in values.items()} == {1: [50, 0], 2: [100, 50]}


class EchoesShownLabel:
    """Answers the label that the input shows: that of the step before."""

    def predict_on_batch(self, inputs):
        return inputs[:, :, -5:]


def test_showing_the_last_label_does_not_give_away_the_next():
    sampler = SequenceSampler(generate_characters(10, image_size=12), ways=5, instances=10)
    predictor = SequencePredictor(EchoesShownLabel(), (1, 5))
    accuracy = protocols.measure_by_instance(predictor, sampler, 300, batch_size=16)
    assert len(accuracy.values[1]) == 300
    assert all(accuracy.mean(k) < 25 for k in range(2, 11))


class SaysWhatWasShown:
    """Answers each symbol as the label shown at this step has it: that of the image before."""

    def __init__(self, length, alphabet):
        self.shape = (length, alphabet)

    def predict_on_batch(self, inputs):
        labels = inputs[..., -self.shape[0] * self.shape[1] :]
        shaped = labels.reshape(*labels.shape[:2], *self.shape)
        return shaped[..., 0, :] if self.shape[0] == 1 else shaped


@pytest.mark.parametrize("labels", ["one_hot", "string"])
def test_a_string_is_right_if_all_its_letters_are(labels):
    sampler = SequenceSampler(flat_classes(), ways=3, instances=4, labels=labels)
    predictor = SequencePredictor(SaysWhatWasShown(*sampler.label_shape), sampler.label_shape)
    accuracy = protocols.measure_by_instance(predictor, sampler, 50, batch_size=16)
    targets = sampler.batch(0, 50).targets.reshape(50, 12, -1)
    instances = sampler.batch(0, 50).instances
    same = np.zeros((50, 12), bool)
    same[:, 1:] = (targets[:, 1:] == targets[:, :-1]).all(axis=-1)
    # At the first step no label is shown, and zeros say the first symbol.
    same[:, 0] = (targets[:, 0] == 0).all(axis=-1)
    for k in range(1, 5):
        assert accuracy.mean(k) == pytest.approx(100 * same[instances == k].mean())
    assert accuracy.about == "50 episodes of 3 ways" and list(accuracy.values) == [1, 2, 3, 4]


def test_consecutive_episodes_count_one_by_one():
    single = SequenceSampler(flat_classes(), ways=3, instances=4)
    triple = SequenceSampler(flat_classes(), ways=3, instances=4, consecutive=3)
    predictor = SequencePredictor(SaysWhatWasShown(1, 3), (1, 3))
    one = protocols.measure_by_instance(predictor, single, 10, batch_size=4)
    other = protocols.measure_by_instance(predictor, triple, 10, batch_size=4)
    for k in range(1, 5):
        assert len(other.values[k]) == 10
        np.testing.assert_array_equal(one.values[k], other.values[k])


def wrong_labels(labels):
    """Returns labels, each equally often, that are independent of the images."""
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(row) for row in labels])


def test_a_pretrained_memory_learns_from_the_labels_alone():
    predictor, image_shape = load_predictor("omniglot_5way")
    dataset = generate_characters(40, seed=5, image_size=image_shape[0])
    episode = FewShotSampler(dataset, 5, 3, 3, seed=1).batch(0, 40)
    support, query = episode.support, episode.query

    def right(labels, expected):
        scores = predictor.score(support.images, labels, query.images, 5)
        return np.mean(scores.argmax(axis=-1) == expected)

    with_labels = right(support.labels, query.labels)
    assert with_labels > 0.9
    relabel = np.array([3, 0, 4, 1, 2])
    assert abs(right(relabel[support.labels], relabel[query.labels]) - with_labels) < 0.05
    assert right(wrong_labels(support.labels), query.labels) < 0.35


def test_a_new_class_is_no_better_known_than_by_what_is_left():
    # 45.7 % is what a perfect detector of new classes reaches by guessing among the labels left.
    predictor, image_shape = load_predictor("omniglot_5way")
    dataset = generate_characters(60, seed=6, image_size=image_shape[0])
    sampler = SequenceSampler(dataset, ways=5, instances=10, seed=2)
    accuracy = protocols.measure_by_instance(predictor, sampler, 160, batch_size=16)
    assert accuracy.mean(1) < 45.7 + accuracy.interval(1)
    assert accuracy.mean(5) > 85


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": ["oneshot"]}, "--protocol=oneshot is unknown.*instance,nway,lake_runs"),
        ({"protocol": ["lake_runs"]}, "needs --runs_zip"),
        ({"protocol": ["nway"], "ways": [4]}, "--ways=4: this model can distinguish at most 3"),
        (
            {"protocol": ["nway"], "shots": [25]},
            "shots=25 and queries=1: an episode needs 26 drawings",
        ),
        ({"protocol": ["lake_runs"], "runs_zip": "none.zip"}, "none.zip cannot be read"),
        ({"shots": [1]}, "--shots is for --protocol=nway"),
        (
            {"length": [3]},
            "option length does not apply to characters, .*: protocol, ways",
        ),
        ({"protocol": []}, "--protocol is empty: give one or more of instance,nway,lake_runs"),
    ],
)
def test_options_that_cannot_be_measured_are_refused(trained_run, options, message):
    with pytest.raises(UserError, match=message):
        evaluate(trained_run, episodes=4, options=options, pictures=False)


def test_maml_is_not_measured_by_instance(small_config, tmp_path):
    config = small_config(model__name="maml", task__shots=1, task__queries=2)
    result = train_and_evaluate(config, tmp_path / "run")
    assert [list(each.values) for each in result] == [["3-way 1-shot", "3-way 5-shot"]]
    with pytest.raises(UserError, match="adapts to a whole support set"):
        evaluate(tmp_path / "run", episodes=4, options={"protocol": ["instance"]}, pictures=False)


def test_a_memory_over_a_trained_encoder(small_config, tmp_path):
    conv = {
        "model__encoder__name": "conv",
        "model__encoder__filters": 16,
        "model__encoder__features": 6,
    }
    first = small_config(model__name="prototypical", task__queries=2, **conv)
    train_and_evaluate(first, tmp_path / "encoder")
    weights = {"model__encoder__weights": str(tmp_path / "encoder")}
    second = small_config(
        **conv,
        **weights,
        model__input_to_interface=True,
        model__encoder__trainable=False,
        model__encoder__repeat_previous=True,
        model__encoder__aligned=True,
        task__shots_first=0.5,
    )
    train_and_evaluate(second, tmp_path / "memory")
    options = {"protocol": ["nway"], "shots": [1], "queries": 2}
    result = evaluate(tmp_path / "memory", episodes=3, options=options, pictures=False)
    assert len(result[0].values["3-way 1-shot"]) == 3
    trained, frozen = (
        keras.models.load_model(tmp_path / run / "model.keras") for run in ("encoder", "memory")
    )
    from mann.models.few_shot import get_encoder

    pairs = (get_encoder(model).get_weights() for model in (trained, frozen))
    for one, other in zip(*pairs, strict=True):
        np.testing.assert_array_equal(one, other)
    # A larger memory over the same encoder has the same features, all of one length.
    layer = keras.models.load_model(tmp_path / "memory" / "model.keras").get_layer("images")
    images = np.random.default_rng(0).uniform(size=(2, 3, 144 + 3)).astype("float32")
    features = np.asarray(layer(images))[..., :6]
    np.testing.assert_allclose(np.linalg.norm(features, axis=-1), 6**0.5, rtol=1e-5)
    config = ConfigDict(Workdir(tmp_path / "memory").read_config())
    larger = resize_memory(
        keras.models.load_model(tmp_path / "memory" / "model.keras"), config, build_task(config), 20
    )
    np.testing.assert_allclose(larger.get_layer("images")(images), layer(images), atol=1e-5)
    nothing = {"model__encoder__weights": str(tmp_path / "nothing")}
    with pytest.raises(UserError, match="weights=.*nothing is not a run of train.py yet"):
        train_and_evaluate(small_config(**{**conv, **nothing}), tmp_path / "first")
    other_classes = small_config(**conv, **weights, seed=1)
    with pytest.raises(UserError, match="trained on other classes.*may know the test classes"):
        train_and_evaluate(other_classes, tmp_path / "leak")
    smaller = small_config(**{**conv, **weights, "model__encoder__features": 8})
    with pytest.raises(UserError, match="not an encoder of this config's sizes"):
        train_and_evaluate(smaller, tmp_path / "smaller")


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


@pytest.mark.parametrize(
    "changes",
    [
        {
            "task__labels": "string", "task__consecutive": 2, "model__name": "ntm",
            # A third class comes with step 4, past the batches from which Keras takes the lengths.
            "task__first_ways": 2, "task__episodes_per_way": 16,
        },
        {"model__name": "nearest_neighbor", "train__steps": 0, "task__queries": 2},
        {"model__name": "matching", "task__queries": 2},
    ],
)  # fmt: skip
def test_experiments_of_every_kind_train_save_and_measure(changes, small_config, tmp_path):
    train_and_evaluate(small_config(**changes), tmp_path / "run")
    options = {"protocol": ["instance", "nway"], "shots": [1], "queries": 2}
    by_instance, nway = evaluate(tmp_path / "run", episodes=3, options=options)
    assert len(by_instance.values[1]) == 3
    assert [len(values) for values in nway.values.values()] == [3]


@pytest.fixture
def runs_zip(tmp_path):
    """Writes pairs of drawings `(20, 2, size, size)`, ink on zero, as 20 runs of Lake's."""

    def write(pairs, mode="L"):
        names = [(f"training/class{n:02d}.png", f"test/item{n:02d}.png") for n in range(1, 21)]
        with zipfile.ZipFile(tmp_path / "all_runs.zip", "w") as archive:
            for run in (f"run{number:02d}" for number in range(1, 21)):
                for drawings, pair in zip(pairs, names, strict=True):
                    for ink, name in zip(drawings, pair, strict=True):
                        file = io.BytesIO()
                        Image.fromarray(255 - ink).convert(mode).save(file, "PNG")
                        archive.writestr(f"{run}/{name}", file.getvalue())
                labels = "\n".join(f"{run}/{test} {run}/{training}" for training, test in names)
                archive.writestr(f"{run}/class_labels.txt", labels)
        return str(tmp_path / "all_runs.zip")

    return write


def test_runs_of_more_classes_than_a_model_can_distinguish(runs_zip):
    path = runs_zip(generate_characters(20, num_drawings=2, image_size=12).images)
    with pytest.raises(
        ValueError, match="the runs have 20 classes, and this model can distinguish at most 2"
    ):
        lake_runs.measure_runs(SequencePredictor(None, (1, 2)), path, 12)


@pytest.mark.parametrize(
    ("model", "encoder", "trained_on", "known"),
    [
        ("matching", "conv", 5, 0.25),
        ("matching", "conv", 0, 0),
        # It has learned nothing, so that nothing is known to it; over an encoder it has.
        ("nearest_neighbor", "none", 5, 0),
        ("nearest_neighbor", "conv", 5, 0.25),
    ],
)
def test_known_drawings_of_lakes_runs_are_marked(
    model, encoder, trained_on, known, small_config, runs_zip
):
    fields = {f"task__num_{split}_classes": 20 for split in ("train", "test")}
    config = small_config(model__name=model, model__encoder__name=encoder, **fields)
    task = build_task(config)
    learned, unseen = (part.images[:, :2] for part in (task.splits.train, task.splits.test))
    path = runs_zip(np.concatenate([learned[:trained_on], unseen[trained_on:]]))
    predictor = build_model(config.model, task)
    (measured,) = task.evaluate(predictor, 4, 2, {"protocol": ["lake_runs"], "runs_zip": path})
    assert len(measured.values["20-way 1-shot"]) == 20
    share = f"{100 * known:.0f} % of their drawings are training drawings of this model"
    assert (share in measured.about) == bool(known)
    assert ("BPL (Lake 2019)" in measured.references) == (not known)


def test_known_drawings_are_found_at_any_size(runs_zip):
    drawings = generate_characters(20, num_drawings=2, image_size=105).images
    bitmaps = np.where(drawings > 127, 255, 0).astype(np.uint8)
    images = average_area(bitmaps.reshape(40, 105, 105), 20).reshape(20, 2, 20, 20)
    dataset = FewShotDataset(images, [f"class{n}" for n in range(20)])
    known = dataset.select(range(7)).drawing_hashes()
    runs = load_lake_runs(runs_zip(bitmaps, mode="1"), image_size=20)
    assert lake_runs.compute_known_share(runs, known) == 14 / 40
    assert lake_runs.compute_known_share(runs, set()) == 0


def test_copies_of_known_drawings_are_detected_by_the_split():
    def reason(known, split, layer=keras.layers.Dense):
        model = keras.Sequential([keras.Input((3,)), layer(3)])
        return lake_runs.explain_no_result(model, ConfigDict(split or {}), known)

    santoro = {"split": "santoro"}
    assert "learned from --config.task.split=santoro" in reason(0.0, santoro)
    # One drawing of a thousand is not reported as 0 %.
    assert reason(0.001, santoro).startswith("1 % of their drawings are training drawings")
    assert reason(0.0, {"split": "lake"}) is None and reason(0.0, None) is None
    assert reason(0.0, santoro, keras.layers.RepeatVector) is None


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
    assert f"{expected[0][1]} queries of each class" in nway.about
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
