"""Tests of episodes/regression.py against scikit-learn's Gaussian process."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from episodes.regression import FunctionSampler, negative_log_likelihood


def test_values_come_a_step_late():
    batch = FunctionSampler(dimensions=2, num_points=5).batch(0, 3)
    assert batch.inputs.shape == (3, 5, 4) and batch.targets.shape == (3, 5)
    np.testing.assert_array_equal(batch.inputs[:, 1:, 2], batch.targets[:, :-1])
    np.testing.assert_array_equal(batch.inputs[:, :, 3], np.tile([0, 1, 1, 1, 1], (3, 1)))
    assert not batch.inputs[:, 0, 2].any() and abs(batch.inputs[:, :, :2]).max() <= 1


def test_function_is_addressed_by_its_index():
    sampler = FunctionSampler(seed=3)
    for one, other in zip(sampler.batch(5, 2), sampler.batch(6, 1), strict=True):
        np.testing.assert_array_equal(one[1:], other)
    assert (FunctionSampler(seed=4)[5].targets != sampler[5].targets).all()


@pytest.mark.parametrize("dimensions", [1, 3])
def test_optimum_is_the_prediction_of_a_gaussian_process(dimensions):
    sampler = FunctionSampler(dimensions, num_points=8, length_scale=0.7, noise=0.3)
    batch = sampler.batch(0, 2)
    mean, variance = sampler.optimum(batch)
    kernel = RBF(0.7)
    for row in range(2):
        points, values = batch.inputs[row, :, :dimensions], batch.targets[row]
        assert mean[row, 0] == pytest.approx(0, abs=1e-12)
        assert variance[row, 0] == pytest.approx(1 + 0.09)
        for time in range(1, 8):
            process = GaussianProcessRegressor(kernel, alpha=0.09, optimizer=None)
            process.fit(points[:time], values[:time])
            expected, spread = process.predict(points[time : time + 1], return_std=True)
            assert mean[row, time] == pytest.approx(expected[0], abs=1e-5)
            assert variance[row, time] == pytest.approx(spread[0] ** 2 + 0.09, abs=1e-5)


def test_values_are_as_likely_as_the_process_says():
    sampler = FunctionSampler(num_points=10)
    batch = sampler.batch(0, 400)
    mean, variance = sampler.optimum(batch)
    residual = (batch.targets - mean) / np.sqrt(variance)
    assert abs(residual.mean()) < 4 / np.sqrt(4000)
    assert abs((residual**2).mean() - 1) < 4 * np.sqrt(2 / 4000)
    # Any other prediction is worse.
    best = negative_log_likelihood(batch.targets, mean, variance).mean()
    assert negative_log_likelihood(batch.targets, mean, 1.3 * variance).mean() > best
    assert negative_log_likelihood(batch.targets, 0.9 * mean, variance).mean() > best


@pytest.mark.parametrize(
    "arguments",
    [
        {"dimensions": 0},
        {"num_points": 0},
        {"length_scale": 0},
        {"length_scale": float("inf")},
        {"noise": -1},
        {"noise": "0.1"},
    ],
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}` must be"):
        FunctionSampler(**arguments)
