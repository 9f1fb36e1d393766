"""Whether a loop over time can run as compiled code, by the device and by numba."""

import functools
import importlib.util
import warnings

import keras


def is_available(dtype):
    """Returns whether a loop can run as compiled code: in float32, on one CPU, and with numba."""
    # A batch that is spread over devices would be gathered on one of them.
    spread = keras.distribution.distribution() is not None
    on_one_cpu = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    here = on_one_cpu.get(keras.backend.backend(), lambda: False)
    return dtype == "float32" and not spread and here() and numba_works()


def _tensorflow():
    import tensorflow as tf

    alone = not (tf.config.get_visible_devices("GPU") or tf.distribute.has_strategy())
    return alone and not under_xla()


def _jax():
    import jax

    return jax.default_backend() == "cpu"


def _torch():
    import torch

    # While Keras infers shapes, tensors have no data.
    return keras.ops.zeros(()).device.type == "cpu" and not torch.compiler.is_compiling()


def under_xla():
    """Returns whether TensorFlow is building a graph for XLA, which cannot call Python."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    if tf.executing_eagerly():
        return False
    return control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


@functools.cache
def numba_works():
    """Returns whether numba can compile the loops; warns if it is installed but cannot."""
    if importlib.util.find_spec("numba") is None:
        return False
    try:
        from mann.kernels import dnc_backward  # noqa: F401
    except Exception as error:
        warnings.warn(
            f"numba is installed but does not work, so that memories train without it: {error}",
            stacklevel=2,
        )
        return False
    return True
