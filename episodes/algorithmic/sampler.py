"""TaskSampler: the sequences of an algorithmic task, each addressed by its index."""

import numpy as np

from episodes._checks import check_seed, get_batch_indices
from episodes.algorithmic.base import pad
from episodes.sampler import Sampler


class TaskSampler(Sampler):
    """Samples the sequences of an algorithmic task; sequence `index` of a seed is always the same.

    Args:
        task: an `AlgorithmicTask`.
        seed: non-negative integer or tuple of them. Defaults to `0`.

    Raises:
        ValueError: if `seed` is not a non-negative integer or a tuple of them.

    Example:

    >>> from episodes.algorithmic.copy import Copy
    >>> sampler = TaskSampler(Copy(), seed=0)
    >>> sampler.batch(first=32, batch_size=4).targets.shape
    (4, 41, 8)
    >>> sampler.batch(first=32, batch_size=4, difficulty={"length": 3}).targets.shape
    (4, 7, 8)
    """

    def __init__(self, task, seed=0):
        self.task = task
        self._seed = check_seed(seed)

    def rng(self, index):
        """Returns the random generator that belongs to an index."""
        return np.random.default_rng((*self._seed, index))

    def batch(self, first, batch_size, difficulty=None, num_steps=None):
        """Returns the `Batch` of sequences `first` to `first + batch_size - 1`.

        Args:
            first: index of the first sequence.
            batch_size: number of sequences.
            difficulty: as `AlgorithmicTask.sample` takes it. Defaults to `None`: levels are
                sampled from the range of training.
            num_steps: steps to pad to. Defaults to `None`: those of the longest sequence of the
                difficulty, so that all batches have one shape.

        Raises:
            ValueError: if `first` or `batch_size` is out of range, or for the reasons of
                `AlgorithmicTask.sample`.
        """
        indices = get_batch_indices(first, batch_size)
        given = self.task.broadcast_levels(difficulty, len(indices))
        sequences = []
        for row, index in enumerate(indices):
            levels = {axis: values[row] for axis, values in given.items()}
            sequences.append([array[0] for array in self.task.sample(self.rng(index), 1, levels)])
        return pad(sequences, self.task.most_steps(given) if num_steps is None else num_steps)
