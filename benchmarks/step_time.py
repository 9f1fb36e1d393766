"""Times the compiled training steps of the memories beside Keras's LSTM.

python benchmarks/step_time.py                     # each memory, on each backend in turn
python benchmarks/step_time.py --slots=128,512,4096

The models of a case take turns, and memory is kept as in training. On JAX each memory is also
timed with its batch spread over two devices of the host, a replica a core. A DNC that trains as a
kernel is timed beside one that goes through Keras's loop. On PyTorch nothing but the kernel is
compiled.
"""

import functools
import importlib.util
import statistics
from typing import NamedTuple

import numpy as np
from absl import app, flags
from turns import in_turn, on_backend, with_replicas

_BACKEND = flags.DEFINE_enum(
    "backend", None, ["tensorflow", "jax", "torch"], "Defaults to all in turn."
)
_CASES = flags.DEFINE_list("cases", ["LRUA", "NTM", "DNC"], "Which memories.")
_SLOTS = flags.DEFINE_list("slots", [], "Time memories of so many slots, instead of all cases.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 20, "Training steps in a turn.", lower_bound=2)

BATCH = 16


class Case(NamedTuple):
    """A memory, the LSTM to compare it with, and the sizes of their inputs."""

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

    from mann.models.compiling import choose_jit_compile, use_kernels

    inputs = keras.Input((case.time, case.features))
    model = keras.Model(inputs, keras.layers.Dense(case.outputs)(layer(inputs)))
    model.compile(
        keras.optimizers.Adam(1e-3, global_clipnorm=10.0),
        keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=choose_jit_compile(),
    )
    use_kernels(model)
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


def by_equations(name, case, **kwargs):
    """Returns the memory layer of a case, which trains by the loop of its equations."""
    layer = memory(name, case, **kwargs)
    layer.cell.get_loop_kernel = lambda: None
    return layer


def lstm(case):
    """Returns the LSTM beside the memory of a case."""
    import keras

    return keras.layers.LSTM(case.units, return_sequences=True, use_cudnn=False)


def fit(make_layer, case):
    """Returns a function that fits a layer to noise."""

    def make():
        model = build(make_layer(), case)
        rng = np.random.default_rng(0)
        x = rng.random((_STEPS.value * BATCH, case.time, case.features), dtype="float32")
        y = rng.integers(0, 2, (len(x), case.time, case.outputs)).astype("float32")
        return functools.partial(model.fit, x, y, batch_size=BATCH, shuffle=False, verbose=0)

    return make


def compare(title, case, builders):
    """Times models in turn, and prints each relative to the first.

    Args:
        title: heading of the printed table.
        case: the `Case`.
        builders: dict from a name to a function that makes a `fit`, and whether it is spread over
            replicas.
    """
    import keras

    seconds = in_turn(builders, _ROUNDS.value)
    print(f"{keras.backend.backend()}, {title}, batch {BATCH}, {case.time} steps")
    first = statistics.median(next(iter(seconds.values())))
    for name, values in seconds.items():
        median = statistics.median(values)
        print(
            f"  {name}: {1000 * median:.1f} ms a training step (fastest {1000 * min(values):.1f}), "
            f"{median / first:.2f} times {next(iter(seconds))}",
            flush=True,
        )


def compare_cases():
    """Times each memory and its LSTM."""
    for name in _CASES.value:
        case = CASES[name]
        builders = {f"LSTM {case.units}": (fit(functools.partial(lstm, case), case), False)}
        if memory(name, case).runs_as_kernel():
            builders[f"{name} as a kernel"] = (
                fit(functools.partial(memory, name, case), case),
                False,
            )
        plain = functools.partial(by_equations, name, case)
        builders |= with_replicas({name: fit(plain, case)})
        compare(f"{name} {case.units}, {case.slots} x {case.width}", case, builders)


def compare_slots():
    """Times the NTM, and the DNC without links, as slots are added."""
    for name, kwargs in (("NTM", {}), ("DNC", {"links": False})):
        builders = {}
        for slots in map(int, _SLOTS.value):
            case = CASES[name]._replace(slots=slots)
            layer = functools.partial(memory, name, case, **kwargs)
            builders[f"{slots} slots"] = (fit(layer, case), False)
        compare(f"{name}{' without links' if kwargs else ''}", CASES[name], builders)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    backends = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]
    on_backend(_BACKEND.value, compare_slots if _SLOTS.value else compare_cases, backends)


if __name__ == "__main__":
    app.run(main)
