"""Functions sampled from a Gaussian process, and the best prediction of each value."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_number, check_positive, check_seed, get_batch_indices
from episodes.sampler import Sampler


class FunctionBatch(NamedTuple):
    """Functions as sequences of points; the value at a point is given with the next point."""

    inputs: np.ndarray  # float32 (batch, time, dimensions + 2): x_t, y_{t-1}, whether there is one
    targets: np.ndarray  # float32 (batch, time): y_t


class FunctionSampler(Sampler):
    """Samples functions of a Gaussian process with fixed hyperparameters and noisy values.

    The points are uniform in `[-1, 1]` along each dimension, the covariance of two values is
    `exp(-|x - x'|^2 / (2 length_scale^2))`, and noise is added to each value. With each point comes
    the value at the point before, as labels come in `SequenceSampler`.

    Args:
        dimensions: number of dimensions of a point. Defaults to `1`.
        num_points: number of points of a function. Defaults to `20`.
        length_scale: distance within which two values are alike. Defaults to `0.4`.
        noise: standard deviation of the noise; above 0, or the likelihood has no bound. Defaults
            to `0.1`.
        seed: non-negative integer or tuple of them. Defaults to `0`.

    Raises:
        ValueError: if an argument is out of range.

    Reference: Santoro et al., "Meta-Learning with Memory-Augmented Neural Networks", ICML 2016,
    whose text gives no hyperparameters.

    Example:

    >>> sampler = FunctionSampler(dimensions=2, num_points=10)
    >>> batch = sampler.batch(first=32, batch_size=16)
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 10, 4), (16, 10))
    >>> mean, variance = sampler.optimum(batch)
    >>> mean.shape, variance.shape
    ((16, 10), (16, 10))
    """

    def __init__(self, dimensions=1, num_points=20, length_scale=0.4, noise=0.1, seed=0):
        check_positive("dimensions", dimensions)
        check_positive("num_points", num_points)
        for name, value in (("length_scale", length_scale), ("noise", noise)):
            check_number(name, value)
            if value == 0:
                raise ValueError(f"Argument `{name}` must be above 0. Received: {value!r}.")
        self.dimensions = dimensions
        self.num_points = num_points
        self.length_scale = length_scale
        self.noise = noise
        self._seed = check_seed(seed)

    @property
    def num_features(self):
        return self.dimensions + 2

    def batch(self, first, batch_size):
        """Returns functions `first` to `first + batch_size - 1`, each the same at every call."""
        indices = get_batch_indices(first, batch_size)
        shape = (len(indices), self.num_points)
        points, noise = np.empty((*shape, self.dimensions)), np.empty(shape)
        for row, index in enumerate(indices):
            rng = np.random.default_rng((*self._seed, index))
            points[row] = rng.uniform(-1, 1, points[row].shape)
            noise[row] = rng.standard_normal(self.num_points)
        values = np.einsum(
            "bij,bj->bi", np.linalg.cholesky(self._compute_covariance(points)), noise
        )
        inputs = np.zeros((*shape, self.num_features), np.float32)
        inputs[:, :, : self.dimensions] = points
        inputs[:, 1:, -2] = values[:, :-1]
        inputs[:, 1:, -1] = 1
        return FunctionBatch(inputs, values.astype(np.float32))

    def optimum(self, batch):
        """Returns the optimal prediction of each value from those before: its mean and variance.

        Args:
            batch: `FunctionBatch` of this sampler.

        Returns:
            Tuple of float64 arrays `(batch, time)`, for the values with their noise.
        """
        points = batch.inputs[:, :, : self.dimensions].astype(np.float64)
        factor = np.linalg.cholesky(self._compute_covariance(points))
        # Row t of the factor is the regression of value t on the white noise of those before it.
        white = np.linalg.solve(factor, batch.targets[:, :, None].astype(np.float64))[:, :, 0]
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        return batch.targets - diagonal * white, diagonal**2

    def _compute_covariance(self, points):
        distances = np.sum((points[:, :, None] - points[:, None]) ** 2, axis=-1)
        covariance = np.exp(-distances / (2 * self.length_scale**2))
        return covariance + self.noise**2 * np.eye(self.num_points)


def negative_log_likelihood(targets, mean, variance):
    """Returns the negative logarithm of the density of targets under Gaussians, in nats.

    Example:

    >>> round(float(negative_log_likelihood(0.0, 0.0, 1.0)), 3)
    0.919
    """
    return 0.5 * (np.log(2 * np.pi * variance) + (targets - mean) ** 2 / variance)
