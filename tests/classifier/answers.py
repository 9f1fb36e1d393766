"""The labels of the drawings in conftest.py, and how the answers of classifiers are compared."""

import numpy as np

LABELS = np.array(["ka", "kha", "ga", "gha", "na"])


def same_answers(one, other, queries):
    assert one.classes_.tolist() == other.classes_.tolist()
    np.testing.assert_allclose(one.predict_proba(queries), other.predict_proba(queries), atol=1e-5)
    np.testing.assert_allclose(one.score_samples(queries), other.score_samples(queries), atol=1e-5)
