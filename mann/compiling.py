"""Whether models are compiled."""

import keras


def jit_compile():
    """Returns what `compile` of a model with a loop over time takes as `jit_compile`.

    Keras leaves XLA off for TensorFlow on a machine without a GPU; a loop over time is faster with
    it there too. PyTorch, which has no XLA, goes step by step: its compiler would unroll the loop.
    """
    return keras.backend.backend() != "torch"
