"""Times an epoch of 20,000 questions, sentence by sentence and word by word.

python benchmarks/questions.py --models=memory_network,lstm
"""

import statistics
import time

import keras
from absl import app, flags

from configs import babi
from mann.experiment.models import build_model, compile_model
from mann.experiment.tasks import TrainingBatches, build_task

_MODELS = flags.DEFINE_list("models", ["memory_network", "lstm"], "Which models.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 100, "Training steps in a turn.", lower_bound=2)
_QUESTIONS = 20_000


def trainer(name):
    """Returns a function that trains a model for one turn, in which it is compiled already."""
    config = babi.get_config()
    config.model.name = name
    task = build_task(config)
    model = build_model(config.model, task)
    compile_model(model, config.train, task)
    batches = TrainingBatches(task, config.train.batch_size, None, 0, _STEPS.value)
    model.fit(batches, verbose=0)
    return lambda: model.fit(batches, verbose=0), config.train.batch_size


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    trainers = {name: trainer(name) for name in _MODELS.value}
    seconds = {name: [] for name in trainers}
    for _ in range(_ROUNDS.value):
        for name, (train, batch_size) in trainers.items():
            start = time.perf_counter()
            train()
            per_step = (time.perf_counter() - start) / _STEPS.value
            seconds[name].append(per_step * _QUESTIONS / batch_size)
    print(f"Seconds for {_QUESTIONS:,} questions, {keras.backend.backend()}:")
    for name, times in seconds.items():
        print(f"{name:<16}{statistics.median(times):>8.1f}")


if __name__ == "__main__":
    app.run(main)
