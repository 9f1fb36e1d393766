"""TaskSampler: the batches of an algorithmic task, each addressed by its index."""

import numpy as np


class TaskSampler:
    """Draws the batches of an algorithmic task; batch `index` of a seed is always the same.

    Args:
        task: an `AlgorithmicTask`.
        seed: non-negative integer or tuple of them. Defaults to `0`.

    Raises:
        ValueError: if `seed` is no such number.

    Example:

    >>> from episodes.algorithmic.copy import Copy
    >>> sampler = TaskSampler(Copy(), seed=0)
    >>> sampler.batch(17, batch_size=4, difficulty={"length": 3}).targets.shape
    (4, 7, 8)
    """

    def __init__(self, task, seed=0):
        self.task = task
        self._seed = tuple(np.atleast_1d(seed).tolist())
        try:
            np.random.SeedSequence(self._seed)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Argument `seed` must be a non-negative integer or a tuple of them. "
                f"Received: {seed!r}."
            ) from error

    def rng(self, index):
        """Returns the random generator of batch `index`."""
        return np.random.default_rng((*self._seed, index))

    def batch(self, index, batch_size, difficulty=None, num_steps=None):
        """Returns batch `index`; the other arguments are those of `AlgorithmicTask.sample`."""
        return self.task.sample(self.rng(index), batch_size, difficulty, num_steps)
