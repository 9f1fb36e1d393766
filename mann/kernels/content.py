"""Addressing by content in a compiled loop, and its gradient.

For one sequence: a memory is `(W, N)`, a key `(W,)` and weights `(N,)`; the letters are those of
mann/ops/addressing.py.
"""

import numpy as np

from mann.kernels.vectors import ONE, ZERO, add_product, compiled, dot, sigmoid, softmax, softplus
from mann.ops import addressing

EPSILON = np.float32(addressing.EPSILON)


@compiled
def inverse_norms(memory, out):
    """Sets `out` to the inverse length of each slot."""
    for n in range(out.shape[0]):
        out[n] = EPSILON
    for w in range(memory.shape[0]):
        row = memory[w]
        for n in range(out.shape[0]):
            out[n] += row[n] * row[n]
    for n in range(out.shape[0]):
        out[n] = ONE / np.sqrt(out[n])


@compiled
def content_weights(key, strength, memory, inverse, out):
    """Sets `out = softmax(s k M / (|k| |M|))`, weights over the slots that resemble the key.

    `strength` is the raw value of the interface, before `1 + softplus(.)`.
    """
    _similarities(key, key_factor(key, strength), memory, inverse, out)
    softmax(out)


@compiled
def content_gradient(
    key, strength, memory, inverse, weights, d_weights, d_key, d_strength, d_memory, scratch
):
    """Sets the gradient of the key and of the strength, and adds to that of the memory.

    `scratch`, an array `(2 or more, N or more)`, is overwritten.
    """
    factor, inverse_of_key = key_factor(key, strength), inverse_length(key)
    scaled, shrunk = scratch[0, : weights.shape[0]], scratch[1, : weights.shape[0]]
    _similarities(key, factor, memory, inverse, shrunk)
    mean = dot(weights, d_weights)
    for n in range(weights.shape[0]):
        scaled[n] = weights[n] * (d_weights[n] - mean) * inverse[n]
        shrunk[n] *= scaled[n] * inverse[n]
    along = ZERO
    for w in range(key.shape[0]):
        row, d_row, part, d_part = memory[w], d_memory[w], key[w] * factor, ZERO
        for n in range(weights.shape[0]):
            d_part += scaled[n] * row[n]
            d_row[n] += part * scaled[n] - row[n] * shrunk[n]
        d_key[w] = d_part
        along += d_part * key[w]
    for w in range(key.shape[0]):
        d_key[w] = factor * (d_key[w] - inverse_of_key * inverse_of_key * along * key[w])
    d_strength[0] = inverse_of_key * along * sigmoid(strength)


@compiled
def inverse_length(key):
    """Returns `1 / sqrt(k k + eps)`."""
    return ONE / np.sqrt(dot(key, key) + EPSILON)


@compiled
def key_factor(key, strength):
    """Returns `(1 + softplus(s)) / |k|`."""
    return (ONE + softplus(strength)) * inverse_length(key)


@compiled
def _similarities(key, factor, memory, inverse, out):
    """Sets `out = factor (k M) / |M|`."""
    for n in range(out.shape[0]):
        out[n] = ZERO
    add_product(key, memory, out)
    for n in range(out.shape[0]):
        out[n] *= inverse[n] * factor
