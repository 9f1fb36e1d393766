"""Times the compiled training steps of memories, and their peak memory, as slots are added.

python benchmarks/slots.py                      # from 128 slots to 1,048,576, on TensorFlow
python benchmarks/slots.py --backend=jax --slots=1024,65536

Each case has a process of its own, whose peak memory counts from when Keras is imported. A memory
is left out from the size on whose states of all steps, which Keras's loop saves, or whose time
exceed the limits of the flags. `SAM-carried` goes on from the end of the last batch, so that it
holds and passes over all slots; the others start each batch from an empty memory.
"""

import functools
import json
import resource
import statistics
import subprocess
import sys

import numpy as np
from absl import app, flags
from turns import in_turn, on_backend

CARRIED = "SAM-carried"
_BACKEND = flags.DEFINE_enum("backend", "tensorflow", ["tensorflow", "jax", "torch"], "Backend.")
_MEMORIES = flags.DEFINE_list("memories", ["SAM", "LRUA", "NTM"], f"Also {CARRIED!r}.")
_SLOTS = flags.DEFINE_list("slots", [str(2**n) for n in (7, 10, 12, 14, 16, 18, 20)], "Slots.")
_ROUNDS = flags.DEFINE_integer("rounds", 3, "Turns.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 6, "Training steps in a turn.", lower_bound=2)
_GIGABYTES = flags.DEFINE_float("gigabytes", 4.0, "Most that the states of all steps may take.")
_SECONDS = flags.DEFINE_float("seconds", 20.0, "Longest step before more slots are left out.")
_CASE = flags.DEFINE_string("case", None, "A memory and slots: measures that in this process.")

BATCH, TIME, FEATURES, OUTPUTS = 8, 50, 10, 8
UNITS, WIDTH, HEADS = 100, 32, 4


def build(name, slots):
    """Returns a function that fits a compiled model of a memory to noise."""
    import keras

    import mann
    from mann.models.compiling import choose_jit_compile, use_kernels

    carried = name == CARRIED
    layer = getattr(mann, name.partition("-")[0])(
        UNITS,
        memory_size=slots,
        word_size=WIDTH,
        num_read_heads=HEADS,
        return_sequences=True,
        return_state=carried,
        name="memory",
    )
    inputs = keras.Input((TIME, FEATURES))
    restart = keras.Input((), dtype="bool")
    hidden = mann.CarryState(layer, BATCH)(inputs, restart) if carried else layer(inputs)
    outputs = keras.layers.Dense(OUTPUTS)(hidden)
    model = keras.Model([inputs, restart] if carried else inputs, outputs)
    model.compile(
        keras.optimizers.Adam(1e-3, global_clipnorm=10.0),
        keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=choose_jit_compile(),
    )
    use_kernels(model)
    rng = np.random.default_rng(0)
    rows = _STEPS.value * BATCH
    x = rng.random((rows, TIME, FEATURES), dtype="float32")
    y = rng.integers(0, 2, (rows, TIME, OUTPUTS)).astype("float32")
    given = [x, np.arange(rows) < BATCH] if carried else x
    return functools.partial(model.fit, given, y, batch_size=BATCH, shuffle=False, verbose=0)


def measure():
    """Prints the median and least seconds of a step of the case, and the megabytes of its peak."""
    import keras  # noqa: F401

    import mann  # noqa: F401

    name, _, slots = _CASE.value.partition(":")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = in_turn({name: (lambda: build(name, int(slots)), False)}, _ROUNDS.value)[name]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps([statistics.median(seconds), min(seconds), 1024 * peak / 1e6]))


def fits(name, slots):
    """Returns whether the states of all steps of a batch are within the limit."""
    steps = 1 if name.startswith("SAM") else TIME
    links = slots / 2 if name == "DNC" else 0  # of 16 bits each
    return BATCH * steps * slots * (WIDTH + HEADS + links) * 4 <= _GIGABYTES.value * 1e9


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    if _CASE.value is not None:
        on_backend(_BACKEND.value, measure)
        return
    print(f"{_BACKEND.value}, batch {BATCH}, {TIME} steps, words of {WIDTH}, {HEADS} heads")
    for name in _MEMORIES.value:
        for slots in map(int, _SLOTS.value):
            if not fits(name, slots):
                break
            command = [sys.executable, *sys.argv, f"--case={name}:{slots}"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            median, least, megabytes = json.loads(done.stdout.splitlines()[-1])
            print(
                f"  {name}, {slots:,} slots: {1000 * median:,.1f} ms a training step (fastest "
                f"{1000 * least:,.1f}), {megabytes:,.0f} MB at most",
                flush=True,
            )
            if median > _SECONDS.value:
                break


if __name__ == "__main__":
    app.run(main)
