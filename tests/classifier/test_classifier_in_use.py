"""FewShotClassifier in an application: kept models, threads, changing and unknown classes."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from answers import LABELS, same_answers
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import mann
from mann.models.stateful import StatefulModel
from mann.pretrained import load_predictor, unpack


def test_a_model_is_loaded_once_until_its_file_changes(tmp_path):
    run = tmp_path / "run"
    unpack("omniglot_5way", run)
    with ThreadPoolExecutor(4) as pool:
        learners = set(pool.map(lambda _: load_predictor(str(run))[0], range(4)))
    assert len(learners) == 1
    assert load_predictor(f"{run}/../run")[0] in learners
    shutil.copyfile(run / "model.keras", run / "again.keras")
    (run / "again.keras").replace(run / "model.keras")
    assert load_predictor(str(run))[0] not in learners


def test_few_shapes_are_compiled_whatever_the_numbers_of_images(
    monkeypatch, images, support, queries
):
    shapes = set()
    run = StatefulModel.run

    def watched(self, sequences, states=None):
        shapes.add(sequences.shape[:2])
        return run(self, sequences, states)

    monkeypatch.setattr(StatefulModel, "run", watched)
    for ways in range(1, 6):
        for shots in range(1, 7):
            shown = images[:ways, :shots].reshape(-1, 28, 28)
            classifier = mann.FewShotClassifier().fit(shown, LABELS[:ways].repeat(shots))
            classifier.predict(queries[: ways * shots % 20 + 1])
    assert shapes == {(1, 8), (1, 1), (8, 1)}


def test_eight_threads_ask_one_classifier(classifier, queries):
    expected = classifier.predict_proba(queries)
    with ThreadPoolExecutor(8) as pool:
        parts = [pool.submit(classifier.predict_proba, queries[first:]) for first in range(16)]
        for first, part in enumerate(parts):
            np.testing.assert_allclose(part.result(), expected[first:], atol=1e-4)


def test_threads_that_add_classes_lose_none(images, queries):
    classifier = mann.FewShotClassifier()
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda i: classifier.partial_fit(images[i, :2], LABELS[[i, i]]), range(5)))
    assert classifier.classes_.tolist() == sorted(LABELS)
    assert classifier.score(queries, LABELS.repeat(4)) > 0.8


def test_classes_and_images_come_one_after_the_other(images, support, queries, classifier):
    added = mann.FewShotClassifier()
    for index in range(5):
        assert added.partial_fit(images[index, :2], LABELS[[index, index]]) is added
    same_answers(added, classifier, queries)
    # More images of known classes.
    more = images[:, 2].copy()
    both = np.concatenate([support, more]), np.concatenate([LABELS.repeat(2), LABELS])
    same_answers(added.partial_fit(more, LABELS), clone(added).fit(*both), queries)
    # fit begins anew.
    assert added.fit(support[:4], [1, 1, 2, 2]).classes_.tolist() == [1, 2]


def test_a_class_is_removed(support, queries, classifier):
    rest = LABELS.repeat(2) != "ga"
    without = clone(classifier).fit(support[rest], LABELS.repeat(2)[rest])
    assert classifier.remove_class("ga") is classifier
    same_answers(classifier, without, queries)
    with pytest.raises(ValueError, match="`label` must be one of the classes .*'na'.*'ga'"):
        classifier.remove_class("ga")
    for label in classifier.classes_:
        classifier.remove_class(label)
    for ask in (classifier.predict, classifier.remove_class):
        with pytest.raises(NotFittedError, match="call fit"):
            ask(queries)
    assert not hasattr(classifier, "classes_")
    again = classifier.partial_fit(support, LABELS.repeat(2))
    same_answers(again, without.fit(support, LABELS.repeat(2)), queries)


def test_refused_images_change_nothing(images, support, queries, classifier):
    expected = classifier.predict_proba(queries)
    for labels, match in (
        (["ma", "pa"], "at most 5 classes.*Received: 7.*more ways"),
        ([1, 2], "`y` must hold labels of one kind"),
        (["ka"], "one label for each image"),
        (None, "requires y to be passed"),
    ):
        with pytest.raises(ValueError, match=match):
            classifier.partial_fit(support[:2], labels)
    with pytest.raises(ValueError, match="labels of `classes`, .'ka'.*Received: also .'kha'."):
        classifier.partial_fit(support[:3], ["ka", "ka", "kha"], classes=["ka"])
    np.testing.assert_array_equal(classifier.predict_proba(queries), expected)


@pytest.mark.parametrize("shots", [1, 3])
def test_none_of_these(images, strangers, shots):
    shown, asked = images[:, :shots].reshape(-1, 28, 28), images[:, 3:].reshape(-1, 28, 28)
    classifier = mann.FewShotClassifier(unknown="none of these")
    classifier.fit(shown, LABELS.repeat(shots))
    known, unknown = classifier.predict(asked), classifier.predict(strangers)
    assert np.mean(known == LABELS.repeat(3)) > 0.7
    assert np.mean(unknown == "none of these") > 0.8
    # The label goes to those below the threshold, and nothing else changes.
    scores = classifier.score_samples(asked)
    np.testing.assert_array_equal(known == "none of these", scores < classifier.threshold_)
    plain = clone(classifier).set_params(unknown=None).fit(shown, LABELS.repeat(shots))
    assert set(plain.predict(strangers)) <= set(LABELS)
    answered = known != "none of these"
    np.testing.assert_array_equal(known[answered], plain.predict(asked)[answered])
    np.testing.assert_allclose(plain.score_samples(shown), 1, atol=1e-5)


def test_the_threshold_is_halfway_above_how_like_classes_are(images):
    shown = images[:3, :2].reshape(-1, 28, 28)
    classifier = mann.FewShotClassifier(unknown=-1).fit(shown, [7, 7, 8, 8, 9, 9])
    others = [
        clone(classifier)
        .set_params(unknown=None)
        .fit(shown[rest], np.repeat([7, 8, 9], 2)[rest])
        .score_samples(shown[~rest])
        for rest in (np.repeat([7, 8, 9], 2) != left_out for left_out in (7, 8, 9))
    ]
    assert classifier.threshold_ == pytest.approx((1 + np.mean(others)) / 2, abs=1e-5)
    assert set(classifier.predict(shown)) == {7, 8, 9}
    for unknown, match in ((8, "another label than those"), ("none", "one kind")):
        with pytest.raises(ValueError, match=f"`unknown` must .*{match}"):
            clone(classifier).set_params(unknown=unknown).fit(shown, [7, 7, 8, 8, 9, 9])
    with pytest.raises(ValueError, match="`unknown` must .*one kind"):
        classifier.set_params(unknown="none").predict(shown)
    with pytest.raises(ValueError, match="`unknown` needs at least two classes"):
        clone(classifier).set_params(unknown=-1).fit(shown, [7] * 6)
