"""Accuracy by instance: how often the k-th drawing of a class in an episode is recognised."""

from typing import NamedTuple

import numpy as np

from mann.evaluation.intervals import mean_and_interval

# The instances that Santoro et al. 2016 report.
REPORTED_INSTANCES = (1, 2, 3, 4, 5, 10)


class InstanceAccuracy(NamedTuple):
    """Accuracy at each instance, over episodes.

    Attributes:
        mean: array of shape `(instances,)`, in [0, 1].
        interval: array of shape `(instances,)`, half the 95 % confidence interval over episodes.
        num_episodes: how many episodes were averaged.
        ways: classes of an episode.
    """

    mean: np.ndarray
    interval: np.ndarray
    num_episodes: int
    ways: int

    def at(self, instance):
        """Returns the mean and half the interval at `instance`, counted from 1."""
        return self.mean[instance - 1], self.interval[instance - 1]

    @property
    def reported(self):
        """The instances to report: the paper's, as far as the episodes go."""
        return [k for k in REPORTED_INSTANCES if k <= len(self.mean)]

    def score(self):
        """Returns the mean accuracy from the second instance on, which ranks checkpoints."""
        return float(np.mean(self.mean[1:] if len(self.mean) > 1 else self.mean))


def accuracy_by_instance(predictions, targets, instances):
    """Returns the `InstanceAccuracy` of predicted labels.

    The interval is 1.96 standard errors of the mean over episodes: the drawings of one episode
    share their classes, so that they are no independent trials.

    Args:
        predictions: int array of shape `(episodes, time)`.
        targets: int array of shape `(episodes, time)`.
        instances: int array of shape `(episodes, time)`, 1 for the first drawing of a class.

    Example:

    >>> predictions, targets = np.array([[0, 1, 1]]), np.array([[0, 1, 0]])
    >>> accuracy_by_instance(predictions, targets, instances=np.array([[1, 1, 2]])).mean
    array([1., 0.])
    """
    correct = predictions == targets
    per_episode = np.stack(
        [
            np.sum(correct & (instances == k), axis=1) / np.sum(instances == k, axis=1)
            for k in range(1, instances.max() + 1)
        ],
        axis=1,
    )
    ways = int(np.sum(instances[0] == 1))
    return InstanceAccuracy(*mean_and_interval(per_episode), len(per_episode), ways)
