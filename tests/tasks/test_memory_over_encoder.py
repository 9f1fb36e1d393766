"""A memory over an encoder that was trained before: trained here, and the pretrained one."""

import keras
import numpy as np
import pytest
from ml_collections import ConfigDict
from small_runs import SMALL, changed, without_xla

from configs import characters
from episodes import FewShotSampler, SequenceSampler, generate_characters
from mann.evaluation import few_shot_protocols
from mann.models.build import change_memory
from mann.models.few_shot import get_encoder
from mann.pretrained import load_predictor
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import UserError, evaluate, train_and_evaluate

CONV = {
    "model__encoder__name": "conv",
    "model__encoder__filters": 16,
    "model__encoder__features": 6,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Returns a folder with the runs of an encoder and of a memory over it, which stays frozen."""
    path = tmp_path_factory.mktemp("runs")
    first = {"model__name": "prototypical", "task__queries": 2, **CONV}
    second = {
        **CONV,
        "model__encoder__weights": str(path / "encoder"),
        "model__input_to_interface": True,
        "model__encoder__trainable": False,
        "model__encoder__repeat_previous": True,
        "model__encoder__aligned": True,
        "task__shots_first": 0.5,
    }
    with without_xla():
        for name, changes in (("encoder", first), ("memory", second)):
            config = changed(characters.get_config(), SMALL, changes)
            train_and_evaluate(config, path / name)
    return path


def load(run):
    return keras.models.load_model(run / "model.keras")


def test_a_memory_over_a_trained_encoder(runs):
    options = {"protocol": ["nway"], "shots": [1], "queries": 2}
    result = evaluate(runs / "memory", episodes=3, options=options, pictures=False)
    assert len(result[0].values["3-way 1-shot"]) == 3
    pairs = (get_encoder(load(runs / name)).get_weights() for name in ("encoder", "memory"))
    for one, other in zip(*pairs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_larger_memory_over_the_same_encoder_has_the_same_features_all_of_one_length(runs):
    model = load(runs / "memory")
    layer = model.get_layer("images")
    images = np.random.default_rng(0).uniform(size=(2, 3, 144 + 3)).astype("float32")
    features = np.asarray(layer(images))[..., :6]
    np.testing.assert_allclose(np.linalg.norm(features, axis=-1), 6**0.5, rtol=1e-5)
    config = ConfigDict(Workdir(runs / "memory").read_config())
    larger = change_memory(load(runs / "memory"), config, build_task(config), 20)
    np.testing.assert_allclose(larger.get_layer("images")(images), layer(images), atol=1e-5)


@pytest.mark.parametrize(
    ("encoder", "changes", "message"),
    [
        ("nothing", {}, "weights=.*nothing is neither a pretrained model .* nor a run of"),
        ("encoder", {"seed": 1}, "trained on other classes.*may know the test classes"),
        ("encoder", {"model__encoder__features": 8}, "not an encoder of this config's sizes"),
    ],
    ids=["no run", "other classes", "other sizes"],
)
def test_an_encoder_that_does_not_fit_is_refused(
    encoder, changes, message, runs, small_config, tmp_path
):
    config = small_config(**{**CONV, "model__encoder__weights": str(runs / encoder), **changes})
    with pytest.raises(UserError, match=message):
        train_and_evaluate(config, tmp_path / "run")


def wrong_labels(labels):
    """Returns labels, each equally often, that are independent of the images."""
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(row) for row in labels])


def test_a_pretrained_memory_learns_from_the_labels_alone():
    predictor, form = load_predictor("omniglot_5way")
    dataset = generate_characters(40, seed=5, image_size=form.size)
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
    predictor, form = load_predictor("omniglot_5way")
    dataset = generate_characters(60, seed=6, image_size=form.size)
    sampler = SequenceSampler(dataset, ways=5, instances=10, seed=2)
    accuracy = few_shot_protocols.measure_by_instance(predictor, sampler, 160, batch_size=16)
    assert accuracy.mean(1) < 45.7 + accuracy.interval(1)
    assert accuracy.mean(5) > 85
