"""Measures an encoder on many classes at once, by class means and by single support images."""

import numpy as np
from sklearn.metrics import pairwise_distances_argmin

from episodes.wording import count
from mann.evaluation.measurement import Measurement


def answer_by_class_means(support, query):
    """Returns the class whose mean support is nearest to each query, `(queries,)`.

    Args:
        support: features `(ways, shots, features)`.
        query: features `(queries, features)`.

    Example:

    >>> support = np.array([[[0.0], [8.0]], [[5.0], [5.0]]])
    >>> query = np.array([[7.0]])
    >>> answer_by_class_means(support, query), answer_by_nearest(support, query)
    (array([1]), array([0]))
    """
    return pairwise_distances_argmin(query, support.mean(axis=1))


def answer_by_nearest(support, query):
    """Returns the class of the support image nearest to each query; see `answer_by_class_means`."""
    ways, shots, size = support.shape
    return pairwise_distances_argmin(query, support.reshape(ways * shots, size)) // shots


# From how a query is answered to the function that does.
ANSWERS = {"class means": answer_by_class_means, "nearest image": answer_by_nearest}


def measure_many_ways(features, samplers, all_shots, queries, num_draws):
    """Returns the accuracy on many classes at once: a `Measurement` for each of `ANSWERS`.

    All numbers of shots have the same queries.

    Args:
        features: `(classes, drawings, features)`, as `encode_dataset` returns them.
        samplers: list of `episodes.index_sampler.IndexSampler`, one for each number of ways, of
            the most shots and the queries of a class.
        all_shots: numbers of support images of a class.
        queries: number of queries of a class.
        num_draws: number of draws of the support and the queries.
    """
    values = {name: {} for name in ANSWERS}
    for sampler in samplers:
        for classes, drawings, _ in (sampler[draw] for draw in range(num_draws)):
            drawn = features[classes[:, None], drawings]
            query = drawn[:, -queries:].reshape(len(classes) * queries, -1)
            labels = np.arange(len(classes)).repeat(queries)
            for shots in all_shots:
                condition = f"{sampler.ways}-way {shots}-shot"
                for name, answer in ANSWERS.items():
                    right = answer(drawn[:, :shots], query) == labels
                    values[name].setdefault(condition, []).append(100 * np.mean(right))
    about = f"{count(num_draws, 'draw')}, {count(queries, 'query')} of each class, not turned"
    return [
        Measurement(
            "accuracy",
            "%",
            name,
            {condition: np.array(percents) for condition, percents in measured.items()},
            about=about,
        )
        for name, measured in values.items()
    ]
