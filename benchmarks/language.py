"""Times training on questions and on characters, beside the LSTM.

python benchmarks/language.py --models=memory_network,lstm --data=questions
python benchmarks/language.py --models=ntm,dnc,lrua,lstm --data=characters
"""

import statistics
import time

import keras
from absl import app, flags

from configs import babi, shakespeare
from mann.experiment.models import build_model, compile_model
from mann.experiment.tasks import build_task, training_batches

_DATA = flags.DEFINE_enum("data", "questions", ["questions", "characters"], "What is trained on.")
_MODELS = flags.DEFINE_list("models", ["memory_network", "lstm"], "Which models.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 100, "Training steps in a turn.", lower_bound=2)


def trainer(name):
    """Returns a function that trains a model for one turn, compiled already, and its examples."""
    config = (babi if _DATA.value == "questions" else shakespeare).get_config()
    config.model.name = name
    task = build_task(config)
    model = build_model(config.model, task)
    compile_model(model, config.train, task)
    batches = training_batches(task, config.train.batch_size, None, 0, _STEPS.value)
    model.fit(batches, verbose=0)
    examples = config.train.batch_size * _STEPS.value
    if _DATA.value == "characters":
        examples *= config.task.chunk_length
    return lambda: model.fit(batches, verbose=0), examples


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    trainers = {name: trainer(name) for name in _MODELS.value}
    speeds = {name: [] for name in trainers}
    for _ in range(_ROUNDS.value):
        for name, (train, examples) in trainers.items():
            start = time.perf_counter()
            train()
            speeds[name].append(examples / (time.perf_counter() - start))
    print(f"{_DATA.value} a second in training, {keras.backend.backend()}:")
    for name, values in speeds.items():
        print(f"{name:<16}{statistics.median(values):>10,.0f}")


if __name__ == "__main__":
    app.run(main)
