"""How a few-shot model is measured: by instance, N-way K-shot, or on Lake's one-shot runs."""

from typing import NamedTuple

import numpy as np

import episodes
from mann.evaluation.accuracy import accuracy_by_instance
from mann.evaluation.intervals import mean_and_interval

PROTOCOLS = ("instance", "nway", "lake_runs")
# Of N-way K-shot, where classes have enough drawings.
SHOTS, QUERIES = (1, 5), 15


class EpisodeAccuracy(NamedTuple):
    """Accuracy on N-way K-shot episodes.

    Attributes:
        ways: classes of an episode.
        shots: support images of each class.
        queries: query images of each class.
        mean: in [0, 1].
        interval: half the 95 % confidence interval over episodes.
        num_episodes: how many episodes were averaged.
    """

    ways: int
    shots: int
    queries: int
    mean: float
    interval: float
    num_episodes: int


class RunsAccuracy(NamedTuple):
    """Accuracy on Lake's runs.

    Attributes:
        ways: classes of a run.
        shots: support images of each class.
        queries: query images of a run.
        mean: in [0, 1].
        interval: half the 95 % confidence interval over runs.
        num_episodes: how many runs were averaged.
        known_drawings: share of the runs' drawings that the model was trained on, in [0, 1].
    """

    ways: int
    shots: int
    queries: int
    mean: float
    interval: float
    num_episodes: int
    known_drawings: float


def by_instance(learner, sampler, num_episodes, batch_size):
    """Returns the `InstanceAccuracy` of a learner on the first episodes of a `SequenceSampler`.

    Where episodes follow each other in one sequence, each counts as one.

    Args:
        learner: one of `mann.models.predictors`.
        sampler: an `episodes.SequenceSampler`.
        num_episodes: how many episodes.
        batch_size: sequences at a time; one size for all, so that the model compiles once.
    """
    answers, targets, instances = [], [], []
    for first in range(0, -(-num_episodes // sampler.consecutive), batch_size):
        batch = sampler.batch(first, batch_size)
        answer = learner.predictions(batch, sampler.dataset.image_shape, sampler.ways)
        for part, array in ((answers, answer), (targets, batch.targets)):
            part.append(_one_number(array) if array.ndim == 3 else array)
        instances.append(batch.instances)
    steps = sampler.ways * sampler.instances
    parts = (
        np.concatenate(part).reshape(-1, steps)[:num_episodes]
        for part in (answers, targets, instances)
    )
    return accuracy_by_instance(*parts)


def _one_number(letters):
    # A string is right if all of its letters are.
    return letters @ (10 ** np.arange(letters.shape[-1]))


def nway(learner, sampler, num_episodes, batch_size):
    """Returns the `EpisodeAccuracy` of a learner on the first episodes of a `FewShotSampler`.

    Args:
        learner: one of `mann.models.predictors`.
        sampler: an `episodes.FewShotSampler`.
        num_episodes: how many episodes.
        batch_size: episodes at a time.
    """
    right = []
    for first in range(0, num_episodes, batch_size):
        # Of one size, so that the model compiles once.
        episode = sampler.batch(first, batch_size)
        right.append(_right(learner, episode))
    per_episode = np.concatenate(right)[:num_episodes]
    ways = episode.class_indices.shape[-1]
    shots, queries = (part.labels.shape[1] // ways for part in (episode.support, episode.query))
    mean, interval = mean_and_interval(per_episode)
    return EpisodeAccuracy(ways, shots, queries, float(mean), float(interval), len(per_episode))


def shots_and_queries(drawings, shots=None, queries=None):
    """Returns the shots, and the queries a class, to measure: those asked for, or what fits.

    What is usually measured and does not fit is named in a printed line.

    Args:
        drawings: how many every class has.
        shots: list of integers. Defaults to `None`: 1 and 5.
        queries: Defaults to `None`: 15, or as many as are left.

    Example:

    >>> shots_and_queries(drawings=8)
    ([1, 5], 3)
    >>> shots_and_queries(drawings=5)
    Not measured: 5-shot, which takes 6 drawings of a class or more, where there are 5.
    ([1], 4)
    """
    if not shots:
        least = queries or 1
        # The first is always asked for: who has too few drawings for it is to be told so.
        shots = [number for number in SHOTS if number + least <= drawings] or [SHOTS[0]]
        for number in SHOTS[len(shots) :]:
            print(
                f"Not measured: {number}-shot, which takes {number + least} drawings of a class "
                f"or more, where there are {drawings}."
            )
    return shots, queries or max(1, min(QUERIES, drawings - max(shots)))


def lake_runs(learner, path, image_size, known=frozenset()):
    """Returns the `RunsAccuracy` of a learner on the runs of Lake's `all_runs.zip`.

    Args:
        learner: one of `mann.models.predictors`.
        path: of the zip file.
        image_size: side of the images that the learner takes.
        known: hashes of the drawings of that size that the learner was trained on, as
            `episodes.FewShotDataset.drawing_hashes` returns them. Defaults to none.

    Raises:
        DataError: if the file cannot serve.
        ValueError: if the learner cannot tell so many classes apart.
    """
    runs = episodes.load_lake_runs(path, image_size)
    ways = max(len(run.class_indices) for run in runs)
    if learner.most_ways is not None and ways > learner.most_ways:
        raise ValueError(
            f"--protocol=lake_runs: the runs have {ways} classes, and this model tells at most "
            f"{learner.most_ways} apart; train one with --config.task.ways={ways}."
        )
    per_run = []
    for run in runs:
        support, query = (type(part)(*(a[None] for a in part)) for part in (run.support, run.query))
        batch = run._replace(support=support, query=query, class_indices=run.class_indices[None])
        per_run.append(_right(learner, batch)[0])
    mean, interval = mean_and_interval(np.array(per_run))
    queries = len(runs[0].query.labels)
    share = known_share(runs, known)
    return RunsAccuracy(ways, 1, queries, float(mean), float(interval), len(runs), share)


def known_share(runs, known):
    """Returns the share of the drawings of runs that are among the known ones, in [0, 1].

    Args:
        runs: list of `episodes.Episode`, each without a batch axis.
        known: set of hashes, as `episodes.FewShotDataset.drawing_hashes` returns them.

    Example:

    >>> drawings = episodes.generate_characters(9, num_drawings=2, image_size=12)
    >>> runs = [episodes.FewShotSampler(drawings, ways=9, queries=1)[0]]
    >>> known_share(runs, drawings.select([0, 1, 2]).drawing_hashes()) == 1 / 3
    True
    """
    images = [part.images for run in runs for part in (run.support, run.query)]
    # Back to the whole numbers that drawings of a data set are hashed as.
    pixels = np.rint(255 * np.concatenate(images)).astype(np.uint8)
    drawings = episodes.FewShotDataset(pixels[None], ["any"]).drawing_hashes()
    return len(drawings & known) / len(drawings)


def _right(learner, episode):
    """Returns the fraction of queries answered right in each episode of a batch."""
    ways = episode.class_indices.shape[-1]
    scores = learner.scores(
        episode.support.images, episode.support.labels, episode.query.images, ways
    )
    return np.mean(scores.argmax(axis=-1) == episode.query.labels, axis=1)
