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
        return function(*(_as_tensor(argument) for argument in args))

    return call


def _as_tensor(argument):
    if isinstance(argument, list):
        return [_as_tensor(each) for each in argument]
    return ops.convert_to_tensor(argument) if isinstance(argument, np.ndarray) else argument
