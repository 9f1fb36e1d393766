"""Confidence intervals of what is measured on examples."""

import numpy as np


def mean_and_interval(values):
    """Returns the mean over examples and half its 95 % confidence interval, 1.96 standard errors.

    Args:
        values: array of shape `(examples, ...)`.

    Returns:
        Tuple of two arrays of shape `(...)`; the interval of a single example is 0.

    Example:

    >>> mean, interval = mean_and_interval(np.array([1.0, 3.0]))
    >>> float(mean), round(float(interval), 2)
    (2.0, 1.96)
    """
    count = len(values)
    spread = np.std(values, axis=0, ddof=1) if count > 1 else np.zeros_like(values[0])
    return np.mean(values, axis=0), 1.96 * spread / np.sqrt(count)
