"""Measures how well a run of key_value_recall remembers keys of one long stream, by their age.

mann train --config=key_value_recall --workdir=runs/key_value_recall
python benchmarks/recall_by_age.py --workdir=runs/key_value_recall

Each stream is one sequence: keys and values, shown once, then queries. The age of a key is 1 for
the last that was shown.
"""

import time

import numpy as np
from absl import app, flags

_WORKDIR = flags.DEFINE_string("workdir", "runs/key_value_recall", "Folder of the run.")
_KEYS = flags.DEFINE_integer("keys", 100_000, "Keys of a stream.", lower_bound=10)
_QUERIES = flags.DEFINE_integer("queries", 10, "Queries of each ten times of age.", lower_bound=1)
_STREAMS = flags.DEFINE_integer("streams", 10, "Streams.", lower_bound=1)
_SLOTS = flags.DEFINE_integer("memory_size", 1_048_576, "Slots of the memory.", lower_bound=1)


def load(workdir):
    """Returns the model of a run with so many slots, its task, and its name."""
    from ml_collections import config_dict

    from mann.models.build import build_model, change_memory
    from mann.models.compiling import use_kernels
    from mann.runs import checkpoints
    from mann.runs.workdir import Workdir
    from mann.tasks.build import build_task

    workdir = Workdir(workdir)
    config = config_dict.ConfigDict(workdir.read_config())
    task = build_task(config)
    model, _ = checkpoints.load_best(workdir, build_model(config.model, task))
    model = change_memory(model, config, task, memory_size=_SLOTS.value)
    use_kernels(model)
    return model, task.task, config.model.name


def make_stream(task, rng, first_ages):
    """Returns the inputs of a stream, and the value that each query asks for."""
    told = task.draw(rng, _KEYS.value)[0][: _KEYS.value]
    last_ages = np.minimum(10 * first_ages - 1, _KEYS.value)
    ages = [
        rng.integers(first, last, _QUERIES.value, endpoint=True)
        for first, last in zip(first_ages, last_ages, strict=True)
    ]
    asked = told[_KEYS.value - np.concatenate(ages)]
    queries = np.zeros_like(asked)
    queries[:, : task.key_bits] = asked[:, : task.key_bits]
    queries[:, -1] = 1
    return np.concatenate([told, queries]), asked[:, task.key_bits : -1]


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    model, task, name = load(_WORKDIR.value)
    print(f"{name}, {_SLOTS.value:,} slots, streams of {_KEYS.value:,} keys: {_STREAMS.value}")
    first_ages = 10 ** np.arange(len(str(_KEYS.value - 1)))
    right, wrong_bits, seconds = [], [], []
    for stream in range(_STREAMS.value):
        inputs, values = make_stream(task, np.random.default_rng(stream), first_ages)
        begin = time.perf_counter()
        logits = np.asarray(model.predict_on_batch(inputs[None].astype("float32")))[0]
        seconds.append(time.perf_counter() - begin)
        wrong = (logits[_KEYS.value :] > 0) != values
        wrong = wrong.reshape(len(first_ages), _QUERIES.value, -1)
        right.append(~wrong.any(axis=2))
        wrong_bits.append(wrong)
    right, wrong_bits = np.concatenate(right, axis=1), np.concatenate(wrong_bits, axis=1)
    for age, answers, wrong in zip(first_ages, right, wrong_bits, strict=True):
        print(
            f"  from age {age:,} on: {100 * answers.mean():.1f} % of {answers.size} values right, "
            f"{100 * wrong.mean():.2f} % of bits wrong"
        )
    print(f"  {min(seconds):.0f} to {max(seconds):.0f} seconds a stream")


if __name__ == "__main__":
    app.run(main)
