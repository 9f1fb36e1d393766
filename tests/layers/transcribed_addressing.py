"""Functions of float64 arrays that the transcriptions of the memories share."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def cosine(key, row):
    # 1e-6 inside the roots, for an empty row or key.
    return key @ row / np.sqrt((key @ key + 1e-6) * (row @ row + 1e-6))


def by_content(key, memory, strength, mask=1):
    return softmax(np.array([strength * cosine(key * mask, row * mask) for row in memory]))


def power(weights, exponent):
    powers = (weights + 1e-12) ** exponent
    return powers / powers.sum()


def focus(cell, weights):
    """Returns the weights of a head, one-hot at the largest if the cell addresses so."""
    return np.eye(len(weights))[weights.argmax()] if cell.addressing == "hard" else weights
