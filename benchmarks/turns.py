"""Times trainings that take turns, on each backend in a process of its own."""

import os
import pathlib
import subprocess
import sys
import time

import numpy as np

REPLICAS = 2


def on_backend(backend, measure, backends=("tensorflow", "jax")):
    """Measures on a backend, with memory kept as mann train keeps it, or on all in turn.

    Args:
        backend: "tensorflow", "jax", "torch", or None for a new process for each of `backends`.
        measure: function of no arguments, which imports what needs Keras.
        backends: list of the backends to measure on.
    """
    if backend is None:
        for name in backends:
            subprocess.run([sys.executable, *sys.argv, f"--backend={name}"], check=True)
        return
    # Keras and JAX read them when they are imported.
    os.environ["KERAS_BACKEND"] = backend
    given = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{given} --xla_force_host_platform_device_count={REPLICAS}"
    sys.path.append(str(pathlib.Path(__file__).parents[1]))
    from mann.training.allocator import keep_freed_memory

    keep_freed_memory()
    measure()


def with_replicas(builders):
    """Returns builders with a flag beside each, on JAX once more spread over replicas.

    Args:
        builders: dict from a name to a function that makes a `fit`.

    Returns:
        Dict from a name to the function, and whether batches are spread over devices of the host.
    """
    import keras

    both = {}
    for name, builder in builders.items():
        both[name] = (builder, False)
        if keras.backend.backend() == "jax":
            both[f"{name}, {REPLICAS} replicas"] = (builder, True)
    return both


def in_turn(builders, rounds):
    """Times trainings, which take turns after a first one that compiles.

    Args:
        builders: dict from a name to a function that makes a `fit`, which takes callbacks, and
            whether its batches are spread over replicas.
        rounds: number of turns that each takes.

    Returns:
        Dict from a name to the seconds of all its training steps.
    """
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.ends = []

        def on_train_batch_end(self, batch, logs=None):
            self.ends.append(time.perf_counter())

    def spread(replicas):
        parallel = keras.distribution.DataParallel() if replicas else None
        keras.distribution.set_distribution(parallel)

    fits, seconds = {}, {name: [] for name in builders}
    for name, (builder, replicas) in builders.items():
        spread(replicas)
        fits[name] = builder()
        fits[name](callbacks=[])
    for _ in range(rounds):
        for name, (_, replicas) in builders.items():
            spread(replicas)
            clock = Clock()
            fits[name](callbacks=[clock])
            seconds[name].extend(np.diff(clock.ends))
    spread(False)
    return seconds
