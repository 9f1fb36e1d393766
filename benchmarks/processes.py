"""Times training in several processes on JAX, each on a core of its own, beside one process.

python benchmarks/processes.py --processes=1,2,4                               # LRUA, batch 32
python benchmarks/processes.py --config=matching --batch_size=2               # 720 images

The numbers of processes take turns. A step is one of mann train: its batch is drawn and trained on.
Of a step, the time of summing the gradients over the processes is measured by itself.
"""

import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

from absl import app, flags

ROOT = pathlib.Path(__file__).parents[1]
sys.path.append(str(ROOT))

_CONFIG = flags.DEFINE_string("config", "omniglot", "Config: a name or a file.")
_PROCESSES = flags.DEFINE_list("processes", ["1", "2"], "Numbers of processes.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 32, "Examples in a batch, of all processes.", 1)
_ROUNDS = flags.DEFINE_integer("rounds", 3, "Turns that the numbers of processes take.", 1)
_STEPS = flags.DEFINE_integer("steps", 30, "Training steps in a turn.", 5)
_INDEX = flags.DEFINE_integer("index", None, "Used by the benchmark: which process this is.")
_ADDRESS = flags.DEFINE_string("address", None, "Used by the benchmark: the first process.")

# Steps at the beginning that are not counted.
WARM_UP = 3
SUMS = 50


def start(number):
    """Runs one turn in `number` processes, and returns the first one's times."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    running = [
        subprocess.Popen(
            [
                *(sys.executable, __file__, f"--config={_CONFIG.value}", f"--processes={number}"),
                *(f"--batch_size={_BATCH_SIZE.value}", f"--steps={_STEPS.value}"),
                *(f"--index={index}", f"--address={address}"),
            ],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            stdout=subprocess.PIPE,
            # The reason of an error is the same in all.
            stderr=None if index == 0 else subprocess.DEVNULL,
            text=True,
        )
        for index in range(number)
    ]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        sys.exit(f"{number} processes failed.")
    return json.loads(outputs[0].splitlines()[-1])


def take_part(number):
    """Trains as one of the processes, and prints the seconds of a step and of a sum."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[_INDEX.value % len(cores)]})

    import keras

    from mann.models.build import build_model
    from mann.models.compiling import compile_model
    from mann.tasks.build import build_task
    from mann.training import join
    from mann.training.allocator import keep_freed_memory
    from mann.training.batches import make_training_batches
    from mann.training.devices import Replicas, choose_distribution
    from mann.training.processes import Processes
    from mann_config.catalog import load

    class Clock(keras.callbacks.Callback):
        ends = []

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])
            self.ends.append(time.perf_counter())

    keep_freed_memory()
    if number > 1:
        join(_ADDRESS.value, _INDEX.value, number)
    config = load(_CONFIG.value)
    config.train.batch_size = _BATCH_SIZE.value
    task, processes = build_task(config), Processes()

    def build():
        keras.utils.set_random_seed(0)
        model = build_model(config.model, task)
        compile_model(model, config.train, task)
        return model

    replicas = Replicas(build(), build, choose_distribution(config.train, processes), processes)
    level = task.curriculum.first if task.curriculum else None
    rows = processes.get_rows(_BATCH_SIZE.value)
    batches = make_training_batches(task, _BATCH_SIZE.value, level, 0, _STEPS.value, rows)
    with replicas.in_use():
        replicas.model.fit(batches, shuffle=False, verbose=0, callbacks=[Clock()])
    steps = [end - begin for begin, end in zip(Clock.ends, Clock.ends[1:], strict=False)]
    weights = sum(
        weight.size
        for weight in map(keras.ops.convert_to_numpy, replicas.model.trainable_variables)
    )
    print(
        json.dumps(
            {"steps": steps[WARM_UP:], "sums": time_sums(weights, number), "weights": weights}
        )
    )


def time_sums(size, number):
    """Returns the seconds of sums of `size` numbers over the processes."""
    if number == 1:
        return [0.0]
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices()), ("processes",))
    spread = NamedSharding(mesh, PartitionSpec("processes"))
    mine = jax.make_array_from_process_local_data(spread, np.ones((1, size), np.float32))
    total = jax.jit(lambda x: x.sum(axis=0), out_shardings=NamedSharding(mesh, PartitionSpec()))
    seconds = []
    for _ in range(SUMS):
        began = time.perf_counter()
        total(mine).block_until_ready()
        seconds.append(time.perf_counter() - began)
    return seconds[WARM_UP:]


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    numbers = [int(number) for number in _PROCESSES.value]
    if _INDEX.value is not None:
        return take_part(*numbers)
    turns = {number: [] for number in numbers}
    for _ in range(_ROUNDS.value):
        for number in numbers:
            turns[number].append(start(number))
    weights = turns[numbers[0]][0]["weights"]
    print(f"{_CONFIG.value}, batch {_BATCH_SIZE.value}, {weights:,} weights; medians")
    first = None
    for number, times in turns.items():
        step, total = (
            1000 * statistics.median(second for turn in times for second in turn[name])
            for name in ("steps", "sums")
        )
        first = first or step
        print(
            f"  {number} process{'es' if number > 1 else ''}: {step:.1f} ms a step, "
            f"{first / step:.2f} times as fast; of it {total:.1f} ms, {total / step:.0%}, for sums",
            flush=True,
        )


if __name__ == "__main__":
    app.run(main)
