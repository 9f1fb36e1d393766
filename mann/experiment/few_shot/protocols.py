"""How a few-shot model is measured: by instance, N-way K-shot, or on Lake's one-shot runs."""

from typing import NamedTuple

import numpy as np

import episodes
from mann.experiment.few_shot.accuracy import accuracy_by_instance
from mann.experiment.intervals import mean_and_interval

PROTOCOLS = ("instance", "nway", "lake_runs")


class EpisodeAccuracy(NamedTuple):
    """Accuracy on N-way K-shot episodes.

    Attributes:
        ways: classes of an episode.
        shots: support images of each class.
        queries: query images of each class, or of the whole episode on Lake's runs.
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


def by_instance(learner, sampler, num_episodes, batch_size):
    """Returns the `InstanceAccuracy` of a learner on the first episodes of a `SequenceSampler`.

    Where episodes follow each other in one sequence, each counts as one.

    Args:
        learner: one of `mann.few_shot.learners`.
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
        learner: one of `mann.few_shot.learners`.
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


def lake_runs(learner, path, image_size):
    """Returns the `EpisodeAccuracy` of a learner on the runs of Lake's `all_runs.zip`.

    Args:
        learner: one of `mann.few_shot.learners`.
        path: of the zip file.
        image_size: side of the images that the learner takes.

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
    return EpisodeAccuracy(ways, 1, queries, float(mean), float(interval), len(runs))


def _right(learner, episode):
    """Returns the fraction of queries answered right in each episode of a batch."""
    ways = episode.class_indices.shape[-1]
    scores = learner.scores(
        episode.support.images, episode.support.labels, episode.query.images, ways
    )
    return np.mean(scores.argmax(axis=-1) == episode.query.labels, axis=1)
