"""The functions of a module of ops, for tests that compute in NumPy on every backend."""

import functools
import types

import numpy as np
from keras import ops


def on_tensors(module):
    """Returns a module's functions, which turn the arrays they are given into tensors.

    PyTorch's tensors do not multiply with arrays, as those of the other backends do.
    """
    return types.SimpleNamespace(
        **{name: _on_tensors(each) for name, each in vars(module).items() if callable(each)}
    )


def _on_tensors(function):
    @functools.wraps(function)
    def call(*args):
        return function(
            *(ops.convert_to_tensor(a) if isinstance(a, np.ndarray) else a for a in args)
        )

    return call
