"""FewShotClassifier in an application: kept models, threads, changing classes, scikit-learn."""

import copy
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, learning_curve
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

import mann
from episodes import generate_characters
from mann.models.stateful import StatefulModel
from mann.pretrained import load_predictor, unpack

LABELS = np.array(["ka", "kha", "ga", "gha", "na"])


@pytest.fixture(scope="module")
def images():
    """Returns drawings of five characters, `(5, 6, 28, 28)`."""
    return generate_characters(5, seed=9, num_drawings=6, image_size=28).images


@pytest.fixture(scope="module")
def support(images):
    return images[:, :2].reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def queries(images):
    return images[:, 2:].reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def strangers():
    return generate_characters(20, seed=30, num_drawings=1, image_size=28).images[:, 0]


@pytest.fixture
def classifier(support):
    return mann.FewShotClassifier().fit(support, LABELS.repeat(2))


def same_answers(one, other, queries):
    assert one.classes_.tolist() == other.classes_.tolist()
    np.testing.assert_allclose(one.predict_proba(queries), other.predict_proba(queries), atol=1e-5)
    np.testing.assert_allclose(one.score_samples(queries), other.score_samples(queries), atol=1e-5)


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


def dark_on_light(images):
    """Returns the drawings as pages of other sizes, dark on light, in colour."""
    pages = []
    for number, image in enumerate(images):
        page = np.pad(np.kron(image, np.ones((3, 3))), ((number, 40), (9, 7 * number)))
        pages.append((230 - 0.7 * page[..., None] * [1, 0.9, 0.3]).astype("uint8"))
    return pages


def test_prepares_pages_of_any_size_and_polarity(images, support, queries, tmp_path):
    classifier = mann.FewShotClassifier(prepare=True).fit(dark_on_light(support), LABELS.repeat(2))
    expected = LABELS.repeat(4)
    assert classifier.score(queries, expected) > 0.8
    np.testing.assert_array_equal(classifier.predict(255 - queries), classifier.predict(queries))
    pages = dark_on_light(queries)
    assert np.mean(classifier.predict(pages) == expected) > 0.8
    Image.fromarray(pages[0]).save(tmp_path / "page.png")
    mixed = [str(tmp_path / "page.png"), tmp_path / "page.png", Image.fromarray(pages[0]), pages[0]]
    expected = classifier.predict_proba(pages[:1]).repeat(4, axis=0)
    np.testing.assert_allclose(classifier.predict_proba(mixed), expected, atol=1e-5)
    # Alike, whether shown at once or later.
    shown, labels = dark_on_light(support), LABELS.repeat(2)
    later = mann.FewShotClassifier(prepare=True).fit(shown[:4], labels[:4])
    same_answers(later.partial_fit(shown[4:], labels[4:]), classifier, pages)


def test_wrong_polarity_and_photographs_warn(images, support, queries):
    labels = LABELS.repeat(2)
    half = np.concatenate([support[:6], 255 - support[6:]])
    with pytest.warns(UserWarning, match="4 images, of 10, on a bright.*prepare=True") as said:
        classifier = mann.FewShotClassifier().fit(half, labels)
    assert said[0].filename == __file__
    with pytest.warns(UserWarning, match="20 images, of 20"):
        classifier.predict(1 - queries / 255)
    noise = np.random.default_rng(0).uniform(size=(2, 28, 28))
    prepared = mann.FewShotClassifier(prepare=True).fit(support, labels)
    asked = [support[0], *noise, np.zeros((5, 5))]
    with pytest.warns(UserWarning) as said:
        prepared.predict_proba(asked)
    messages = sorted(str(warning.message) for warning in said)
    assert [message[:62] for message in messages] == [
        "Argument `X`: 1 of 4 images may be wrong, such as number 3: it",
        "Argument `X`: 2 of 4 images may be wrong, such as number 1: it",
    ]
    assert "no ink" in messages[0] and "no clear paper" in messages[1]
    assert said[0].filename == __file__


def test_bad_images_to_prepare(support, tmp_path):
    classifier = mann.FewShotClassifier(prepare=True)
    for single in ("page.png", tmp_path, Image.fromarray(support[0]), support[0]):
        with pytest.raises(ValueError, match="`X` must hold images. Received: only one"):
            classifier.fit(single, ["a"])
    with pytest.raises(ValueError, match="`X` must hold at least one image"):
        classifier.fit([], [])
    with pytest.raises(ValueError, match="Image 1 of argument `X`: .*Received: NaN"):
        classifier.fit([support[0], np.full((5, 5), np.nan)], ["a", "b"])
    with pytest.raises(ValueError, match=r"their shape: X.reshape\(-1, 28, 28\)"):
        mann.FewShotClassifier().fit(support.reshape(10, -1), LABELS.repeat(2))


def test_copies_and_pickles_answer_alike(classifier, queries):
    for copied in (pickle.loads(pickle.dumps(classifier)), copy.deepcopy(classifier)):
        same_answers(copied, classifier, queries)
        copied.remove_class("ka")
    assert "ka" in classifier.classes_
    unfitted = clone(classifier)
    assert unfitted.get_params() == {"model": "omniglot_5way", "prepare": False, "unknown": None}
    assert not hasattr(pickle.loads(pickle.dumps(unfitted)), "classes_")


def test_grid_search_and_learning_curve(images):
    shown = 255 - images.swapaxes(0, 1).reshape(-1, 28, 28)
    labels = np.tile(LABELS, 6)
    choices = {"prepare": [False, True], "model": ["omniglot_5way"]}
    with pytest.warns(UserWarning, match="bright background"):
        search = GridSearchCV(mann.FewShotClassifier(), choices, cv=2).fit(shown, labels)
    assert search.best_params_["prepare"] and search.best_score_ > 0.8
    sizes, _, scores = learning_curve(
        mann.FewShotClassifier(prepare=True),
        shown,
        labels,
        cv=2,
        train_sizes=[5, 10],
        exploit_incremental_learning=True,
        error_score="raise",
    )
    assert sizes.tolist() == [5, 10] and scores.mean() > 0.7


def bars(rows):
    """Returns drawings of the first columns of a table as bars, `(num_rows, 28, 28)`."""
    shares = 1 / (1 + np.exp(-rows[:, :5].astype(float).clip(-30, 30)))
    bars = np.arange(20)[:, None] / 20 < shares.repeat(4, axis=1)[:, None]
    return np.pad(bars, ((0, 0), (4, 4), (4, 24 - bars.shape[2])))


class OfTables(mann.FewShotClassifier):
    """Takes tables, as scikit-learn's checks do, by drawing their rows."""

    def _drawn(self, X, reset=False):
        return bars(validate_data(self, X, reset=reset))

    def fit(self, X, y):
        return super().fit(self._drawn(X, reset=True), y)

    def partial_fit(self, X, y, classes=None):
        drawn = self._drawn(X, reset=not hasattr(self, "classes_"))
        return super().partial_fit(drawn, y, classes)

    def predict_log_proba(self, X):
        self._get_support()
        return super().predict_log_proba(self._drawn(X))

    def predict_proba(self, X):
        self._get_support()
        return super().predict_proba(self._drawn(X))

    def predict(self, X):
        self._get_support()
        return super().predict(self._drawn(X))

    def score_samples(self, X):
        self._get_support()
        return super().score_samples(self._drawn(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.positive_only = False
        # Of bars, that is.
        tags.classifier_tags.poor_score = True
        return tags


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks():
    tags = mann.FewShotClassifier().__sklearn_tags__()
    assert tags.estimator_type == "classifier" and tags.input_tags.three_d_array
    assert not tags.input_tags.two_d_array and tags.input_tags.positive_only
    results = check_estimator(
        OfTables(),
        on_fail=None,
        expected_failed_checks={
            "check_methods_sample_order_invariance": "equal to 1e-5 only, in float32"
        },
    )
    failed = [
        (result["check_name"], result["exception"])
        for result in results
        if result["status"] == "failed"
    ]
    assert not failed
    assert sum(result["status"] == "passed" for result in results) > 40
