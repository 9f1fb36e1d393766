"""A DNC whose memory is in use, for tests of how it trains, and where these tests can run."""

import importlib.util

import keras
import numpy as np
import pytest
from keras import ops
from memories import BACKEND, make, sequences

needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba compiles the kernels"
)
on_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="of TensorFlow")

# Where a layer's states have the usage.
USAGE = 5


def build(batch=3, time=7, **kwargs):
    """Returns a layer, inputs, and states of a memory in use."""
    keras.utils.set_random_seed(0)
    layer = make("dnc", **{"return_sequences": True, "return_state": True, **kwargs})
    layer(sequences(batch, time, 4))
    for weight in layer.trainable_variables:
        weight.assign(1.5 * weight)
    states = keras.layers.RNN.get_initial_state(layer, batch)
    if layer.return_state:
        _, *states = layer(sequences(batch, 5, 4, seed=1))
    # Of two slots that are used alike, rounding says which is the first.
    usage = np.random.default_rng(3).uniform(0.1, 0.9, states[USAGE].shape)
    states[USAGE] = ops.cast(usage, states[USAGE].dtype)
    return layer, ops.cast(sequences(batch, time, 4, seed=2), layer.compute_dtype), states
