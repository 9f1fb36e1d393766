"""Which loop a DNC takes: compiled code where that can run, and its equations anywhere else."""

import contextlib
import importlib.util
import sys

import keras
import numpy as np
import pytest
from dnc_in_use import build, needs_numba
from keras import ops
from memories import BACKEND, ON_JAX, in_double_precision

from mann.kernels import availability

pytestmark = needs_numba

AS_EQUATIONS = {
    "masked keys": {"refinements": ("masked_keys",)},
    "deallocation": {"refinements": ("deallocation",)},
    "sharp links": {"refinements": ("sharp_links",)},
    "hard addresses": {"addressing": "hard"},
    "two write heads": {"num_write_heads": 2},
    "feed-forward": {"controller": "feedforward"},
    "float64": {"dtype": "float64"},
    "float16": {"dtype": "mixed_float16"},
    "bfloat16": {"dtype": "mixed_bfloat16"},
    "unrolled": {"unroll": True},
}


@pytest.mark.parametrize("kwargs", AS_EQUATIONS.values(), ids=AS_EQUATIONS)
def test_the_equations_run_where_compiled_code_cannot(kwargs, passes):
    double = kwargs.get("dtype") == "float64"
    with in_double_precision() if double else contextlib.nullcontext():
        layer, inputs, states = build(time=2, **kwargs)
        layer(inputs, initial_state=states, training=True)
    assert not passes


def test_inference_and_masked_steps_are_left_to_the_equations(passes):
    layer, inputs, states = build()
    layer(inputs, initial_state=states, training=False)
    mask = np.ones(inputs.shape[:2], bool)
    layer(inputs, initial_state=states, training=True, mask=ops.convert_to_tensor(mask))
    assert not passes


def train(layer, inputs, states):
    outputs, *_ = layer(inputs, initial_state=states, training=True)
    return outputs


def test_a_gpu_is_left_to_the_framework(monkeypatch, passes):
    layer, inputs, states = build()
    if BACKEND == "tensorflow":
        import tensorflow as tf

        monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind=None: ["GPU:0"])
        train(layer, inputs, states)
    elif ON_JAX:
        import jax

        monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
        train(layer, inputs, states)
    else:
        # Any device but the CPU.
        with keras.device("meta"):
            assert not layer.runs_as_kernel()
    assert not passes
    monkeypatch.undo()
    assert layer.runs_as_kernel()


def test_a_batch_spread_over_devices_is_left_to_the_equations(monkeypatch, passes):
    layer, inputs, states = build()
    if BACKEND == "tensorflow":
        import tensorflow as tf

        strategy = tf.distribute.MirroredStrategy(["CPU:0"])
        strategy.run(tf.function(train), args=(layer, inputs, states))
    elif ON_JAX:
        keras.distribution.set_distribution(keras.distribution.DataParallel())
        try:
            train(layer, inputs, states)
        finally:
            keras.distribution.set_distribution(None)
    else:
        monkeypatch.setattr(keras.distribution, "distribution", lambda: "spread")
        train(layer, inputs, states)
    assert not passes


@pytest.fixture
def numba_anew():
    """Has numba looked for again, in the test and after it."""
    availability.numba_works.cache_clear()
    yield
    availability.numba_works.cache_clear()


def test_without_numba_the_equations_serve(monkeypatch, numba_anew, passes):
    built = build()
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *args: None if name == "numba" else find(name)
    )
    train(*built)
    assert not passes


def test_a_numba_that_does_not_take_the_kernels_is_warned_of_once(monkeypatch, numba_anew, passes):
    built = build()
    # An import of it fails.
    monkeypatch.setitem(sys.modules, "mann.kernels.dnc_backward", None)
    monkeypatch.delattr("mann.kernels.dnc_backward", raising=False)
    with pytest.warns(UserWarning, match="numba is installed but does not work"):
        train(*built)
    train(*built)
    assert not passes
