"""Runs within each evaluation alphabet, and answers averaged over views of the images."""

import numpy as np
import pytest
from ml_collections import ConfigDict

import episodes
from episodes import FewShotDataset, Splits, generate_characters
from mann.evaluation.lake_runs import measure_alphabets
from mann.evaluation.views import AveragedViews, list_noises
from mann.models.build import build_model
from mann.models.few_shot import build_encoder
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.predictors import make_predictor
from mann.models.sequence_predictor import SequencePredictor
from mann.tasks.build import build_task
from mann_config.errors import UserError

SIZES = {"Greek": 21, "Latin": 24, "Runes": 3}


@pytest.fixture
def omniglot(monkeypatch):
    """Puts invented characters in the place of the evaluation alphabets; returns them."""
    names = [f"{alphabet}/{index}" for alphabet, size in SIZES.items() for index in range(size)]
    characters = generate_characters(len(names), seed=5, num_drawings=4, image_size=12)
    test = FewShotDataset(characters.images, names)
    none = test.select([])
    drawers = dict.fromkeys(names, np.array([2, 4, 1, 3]))
    monkeypatch.setattr(episodes, "load_omniglot", lambda *arguments: Splits(none, none, test))
    monkeypatch.setattr(episodes, "load_drawers", lambda: drawers)
    return test


@pytest.fixture
def pixels():
    """A predictor that compares pixels."""
    encoder = build_encoder(ConfigDict({"name": "none"}), (12, 12))
    return make_predictor(NearestNeighbor(encoder), None)


def test_each_alphabet_is_measured_alone(omniglot, pixels):
    overall, by_alphabet, known = measure_alphabets(pixels, 12, 20, draws=3, seed=1)
    assert list(by_alphabet.values) == ["Greek", "Latin"] and known == 0
    assert [len(values) for values in by_alphabet.values.values()] == [3, 3]
    (values,) = overall.values.values()
    np.testing.assert_array_equal(values, np.concatenate(list(by_alphabet.values.values())))
    assert (
        "3 runs within each of 2 alphabets" in overall.about and "not the official" in overall.about
    )
    # Pixels tell more than guesses do, and less than all.
    assert 15 < values.mean() < 100


def test_alphabets_are_told_apart_by_pixels_alone_as_by_hand(omniglot, pixels):
    runs = episodes.draw_alphabet_runs(omniglot, episodes.load_drawers(), 20, 3, 1)
    _, by_alphabet, _ = measure_alphabets(pixels, 12, 20, draws=3, seed=1)
    for alphabet, batch in runs.items():
        for run in range(3):
            support, query = (
                part.images[run].reshape(20, -1).astype(float)
                for part in (batch.support, batch.query)
            )
            distances = ((query[:, None] - support) ** 2).sum(axis=-1)
            right = distances.argmin(axis=1) == batch.query.labels[run]
            assert by_alphabet.values[alphabet][run] == pytest.approx(100 * right.mean())


def test_more_characters_than_a_model_or_an_alphabet_has(omniglot, pixels):
    with pytest.raises(
        ValueError, match="--protocol=within_alphabet: the runs have 20 classes, .*2;"
    ):
        measure_alphabets(SequencePredictor(None, (1, 2)), 12)
    with pytest.raises(ValueError, match="`ways` must be at most 24"):
        measure_alphabets(pixels, 12, ways=25)


@pytest.mark.parametrize("known", [False, True])
def test_published_rows_stand_beside_models_that_know_no_drawing(known, small_config, omniglot):
    config = small_config(model__name="matching", model__encoder__name="conv", task__queries=2)
    task = build_task(config)
    if known:
        train = FewShotDataset(omniglot.images[:12], task.splits.train.class_names)
        task.splits = task.splits._replace(train=train)
    options = {"protocol": ["within_alphabet"], "draws": 2, "views": 2}
    overall, by_alphabet = task.evaluate(build_model(config.model, task), 4, 2, options)
    assert list(overall.values) == ["20-way 1-shot"] and list(by_alphabet.values) == [
        "Greek",
        "Latin",
    ]
    assert ("BPL (Lake 2019)" in overall.references) != known
    assert ("are training drawings of this model" in overall.about) == known
    assert "2 views averaged" in overall.about


def test_an_alphabet_has_not_so_many_characters(small_config, omniglot):
    config = small_config(model__name="matching", model__encoder__name="conv", task__queries=2)
    task = build_task(config)
    options = {"protocol": ["within_alphabet"], "ways": [30]}
    with pytest.raises(UserError, match="`ways` must be at most 24"):
        task.evaluate(build_model(config.model, task), 4, 2, options)


def test_views_are_the_mean_of_moved_images(pixels):
    rng = np.random.default_rng(0)
    support, query = (rng.uniform(0, 1, (2, n, 12, 12)).astype(np.float32) for n in (4, 3))
    labels = np.array([[0, 1, 2, 3], [3, 1, 0, 2]])
    moves = episodes.Augmentation(10.0, 0.05)
    expected = [pixels.score(support, labels, query, 4)]
    for noise in list_noises(5)[1:]:
        moved = [
            np.stack(
                [moves.warp(image[None], noise[None])[0] for image in part.reshape(-1, 12, 12)]
            )
            for part in (support, query)
        ]
        moved = [
            part.reshape(before.shape) for part, before in zip(moved, (support, query), strict=True)
        ]
        expected.append(pixels.score(moved[0], labels, moved[1], 4))
    scores = AveragedViews(pixels, 5).score(support, labels, query, 4)
    np.testing.assert_allclose(scores, np.mean(expected, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(
        AveragedViews(pixels, 1).score(support, labels, query, 4), expected[0]
    )


def test_views_are_spread_over_the_whole_range():
    noises = list_noises(32)
    assert not noises[0].any() and len(np.unique(noises, axis=0)) == 32
    assert (np.abs(noises) <= 1).all() and (noises[1:].min(axis=0) < -0.8).all()
    assert (noises.max(axis=0) > 0.8).all()
    np.testing.assert_array_equal(noises[:8], list_noises(8))
