"""Times the compiled training steps of the memories beside Keras's LSTM.

python benchmarks/step_time.py                     # each memory, on each backend in turn
python benchmarks/step_time.py --slots=128,512,4096

The models of a case take turns, and memory is kept as train.py keeps it. On JAX each memory is also
timed with its batch spread over two devices of the host, a replica a core.
"""

import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

from absl import app, flags

_BACKEND = flags.DEFINE_enum("backend", None, ["tensorflow", "jax"], "Defaults to both in turn.")
_CASES = flags.DEFINE_list("cases", ["LRUA", "NTM", "DNC"], "Which memories.")
_SLOTS = flags.DEFINE_list("slots", [], "Time memories of so many slots, instead of all cases.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 20, "Training steps in a turn.", lower_bound=2)

REPLICAS = 2
BATCH = 16


class Case(NamedTuple):
    """A memory, the LSTM beside it, and what both are given."""

    units: int
    slots: int
    width: int
    read_heads: int
    time: int
    features: int
    outputs: int


CASES = {
    # 5 classes x 10 images of 20 x 20, and their labels.
    "LRUA": Case(200, 128, 40, 4, 50, 405, 5),
    # Copy of 20 vectors of 8 bits.
    "NTM": Case(100, 128, 20, 1, 41, 9, 8),
    "DNC": Case(200, 128, 40, 4, 50, 9, 8),
}


def build(layer, case):
    """Returns a compiled model of `layer`."""
    import keras

    inputs = keras.Input((case.time, case.features))
    model = keras.Model(inputs, keras.layers.Dense(case.outputs)(layer(inputs)))
    model.compile(
        keras.optimizers.Adam(1e-3, global_clipnorm=10.0),
        keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=True,
    )
    return model


def memory(name, case, **kwargs):
    """Returns the memory layer of a case."""
    import mann

    return getattr(mann, name)(
        case.units,
        memory_size=case.slots,
        word_size=case.width,
        num_read_heads=case.read_heads,
        return_sequences=True,
        **kwargs,
    )


def lstm(case):
    """Returns the LSTM beside the memory of a case."""
    import keras

    return keras.layers.LSTM(case.units, return_sequences=True, use_cudnn=False)


def step_times(model, case, num_steps):
    """Returns the milliseconds between the ends of the steps of one `fit`."""
    import keras
    import numpy as np

    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.ends = []

        def on_train_batch_end(self, batch, logs=None):
            self.ends.append(time.perf_counter())

    rng = np.random.default_rng(0)
    x = rng.random((num_steps * BATCH, case.time, case.features), dtype="float32")
    y = rng.integers(0, 2, (num_steps * BATCH, case.time, case.outputs)).astype("float32")
    clock = Clock()
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[clock])
    return 1000 * np.diff(clock.ends)


def compare(title, case, builders):
    """Times models in turn, and prints each beside the first.

    Args:
        title: what is timed.
        case: the `Case`.
        builders: dict from a name to a function that makes a layer, and whether it is spread over
            replicas.
    """
    import keras

    def spread(replicas):
        parallel = keras.distribution.DataParallel() if replicas else None
        keras.distribution.set_distribution(parallel)

    models, times = {}, {name: [] for name in builders}
    for name, (builder, replicas) in builders.items():
        spread(replicas)
        models[name] = build(builder(), case)
        step_times(models[name], case, 2)
    for _ in range(_ROUNDS.value):
        for name, (_, replicas) in builders.items():
            spread(replicas)
            times[name].extend(step_times(models[name], case, _STEPS.value))
    spread(False)
    print(f"{keras.backend.backend()}, {title}, batch {BATCH}, {case.time} steps, compiled")
    first = statistics.median(next(iter(times.values())))
    for name, values in times.items():
        median = statistics.median(values)
        print(
            f"  {name}: {median:.1f} ms a training step (fastest {min(values):.1f}), "
            f"{median / first:.2f} times {next(iter(times))}",
            flush=True,
        )


def compare_cases():
    """Times each memory beside its LSTM."""
    import keras

    for name in _CASES.value:
        case = CASES[name]
        builders = {
            f"LSTM {case.units}": (lambda case=case: lstm(case), False),
            name: (lambda name=name, case=case: memory(name, case), False),
        }
        if keras.backend.backend() == "jax":
            builders[f"{name}, {REPLICAS} replicas"] = (builders[name][0], True)
        compare(f"{name} {case.units}, {case.slots} x {case.width}", case, builders)


def compare_slots():
    """Times the NTM, and the DNC without links, as slots are added."""
    for name, kwargs in (("NTM", {}), ("DNC", {"links": False})):
        case = CASES[name]
        builders = {}
        for slots in map(int, _SLOTS.value):
            larger = case._replace(slots=slots)
            builders[f"{slots} slots"] = (
                lambda name=name, larger=larger, kwargs=kwargs: memory(name, larger, **kwargs),
                False,
            )
        compare(f"{name}{' without links' if kwargs else ''}", case, builders)


def main(argv):
    if _BACKEND.value is None:
        for backend in ("tensorflow", "jax"):
            subprocess.run([sys.executable, *sys.argv, f"--backend={backend}"], check=True)
        return
    # Keras and JAX read them when they are imported.
    os.environ["KERAS_BACKEND"] = _BACKEND.value
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={REPLICAS}"
    from mann.experiment.allocator import keep_freed_memory

    keep_freed_memory()
    compare_slots() if _SLOTS.value else compare_cases()


if __name__ == "__main__":
    app.run(main)
