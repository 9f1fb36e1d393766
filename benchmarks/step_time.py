"""Times the compiled training step of LRUA beside Keras's LSTM: python benchmarks/step_time.py

On each backend in turn. The models take turns too, and memory is kept as train.py keeps it. On JAX
LRUA is also timed with its batch spread over two devices of the host, a replica a core.
"""

import os
import statistics
import subprocess
import sys
import time

from absl import app, flags

_BACKEND = flags.DEFINE_enum("backend", None, ["tensorflow", "jax"], "Defaults to both in turn.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 20, "Training steps in a turn.", lower_bound=2)

REPLICAS = 2
UNITS, BATCH, TIME, FEATURES, CLASSES = 200, 16, 50, 405, 5


def build(layer):
    """Returns a compiled model of `layer` for sequences of 20 x 20 images and 5 labels."""
    import keras

    inputs = keras.Input((TIME, FEATURES))
    model = keras.Model(inputs, keras.layers.Dense(CLASSES)(layer(inputs)))
    model.compile(
        keras.optimizers.Adam(1e-3, global_clipnorm=10.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=True,
    )
    return model


def step_times(model, num_steps):
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
    x = rng.random((num_steps * BATCH, TIME, FEATURES), dtype="float32")
    y = rng.integers(0, CLASSES, (num_steps * BATCH, TIME))
    clock = Clock()
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[clock])
    return 1000 * np.diff(clock.ends)


def peak_gflops(size=2048, repeats=5):
    """Returns the rate of a large float32 matrix product on this backend."""
    import keras
    from keras import ops

    a = keras.random.uniform((size, size))
    ops.convert_to_numpy(ops.matmul(a, a))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        ops.convert_to_numpy(ops.matmul(a, a))
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times) / 1e9


def step_gflop(recurrent, interface):
    """Returns the matrix products of a training step, backward twice the forward."""
    macs = (FEATURES + recurrent) * 4 * UNITS + interface + recurrent * CLASSES
    return 6 * macs * TIME * BATCH / 1e9


def main(argv):
    if _BACKEND.value is None:
        for backend in ("tensorflow", "jax"):
            subprocess.run([sys.executable, *sys.argv, f"--backend={backend}"], check=True)
        return
    # Keras and JAX read them when they are imported.
    os.environ["KERAS_BACKEND"] = _BACKEND.value
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={REPLICAS}"
    import keras

    import mann
    from mann.experiment.allocator import keep_freed_memory

    keep_freed_memory()

    def lstm():
        return build(keras.layers.LSTM(UNITS, return_sequences=True, use_cudnn=False))

    def lrua():
        return build(mann.LRUA(UNITS, 128, 40, num_read_heads=4, return_sequences=True))

    def spread(name):
        parallel = keras.distribution.DataParallel() if "replicas" in name else None
        keras.distribution.set_distribution(parallel)

    builders = {"LSTM": lstm, "LRUA": lrua}
    if _BACKEND.value == "jax":
        builders[f"LRUA, {REPLICAS} replicas"] = lrua
    models = {}
    for name, builder in builders.items():
        spread(name)
        models[name] = builder()
    interface = UNITS * 4 * (2 * 40 + 2)
    # Similarity, read and write.
    memory = 3 * 4 * 128 * 40
    gflop_of_lrua = step_gflop(UNITS + 160, interface + memory)
    gflop = {name: gflop_of_lrua for name in models} | {"LSTM": step_gflop(UNITS, 0)}

    times = {name: [] for name in models}
    for name, model in models.items():
        spread(name)
        step_times(model, 2)
    for _ in range(_ROUNDS.value):
        for name, model in models.items():
            spread(name)
            times[name].extend(step_times(model, _STEPS.value))
    medians = {name: statistics.median(values) for name, values in times.items()}
    spread("LSTM")
    peak = peak_gflops()
    print(f"{keras.backend.backend()}, batch {BATCH}, {TIME} steps, {FEATURES} features, compiled")
    print(f"large matrix product: {peak:.0f} GFLOP/s")
    for name, median in medians.items():
        rate = gflop[name] / median * 1e3
        print(
            f"{name}: {median:.1f} ms a training step (fastest {min(times[name]):.1f}), "
            f"{rate:.0f} GFLOP/s in matrix products, {100 * rate / peak:.0f} % of the large one, "
            f"{median / medians['LSTM']:.2f} times the LSTM"
        )


if __name__ == "__main__":
    app.run(main)
