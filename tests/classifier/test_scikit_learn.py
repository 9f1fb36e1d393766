"""FewShotClassifier as an estimator: copies, pickles, grid search and scikit-learn's own checks."""

import copy
import pickle

import numpy as np
import pytest
from answers import LABELS, same_answers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, learning_curve
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

import mann


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
