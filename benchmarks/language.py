"""Times training on questions and on characters, beside the LSTM.

python benchmarks/language.py --data=questions --models=lstm,memory_network
python benchmarks/language.py --data=characters --models=lstm,ntm,lrua,dnc
python benchmarks/language.py --data=characters --models=lstm,dnc --batch_size=16 --backend=jax

The models take turns, and memory is kept as mann train keeps it. On JAX each is also timed with its
batch spread over two devices of the host, a replica a core.
"""

import functools
import statistics

from absl import app, flags
from turns import in_turn, on_backend, with_replicas

_BACKEND = flags.DEFINE_enum("backend", None, ["tensorflow", "jax"], "Defaults to both in turn.")
_DATA = flags.DEFINE_enum("data", "questions", ["questions", "characters"], "What is trained on.")
_MODELS = flags.DEFINE_list("models", ["lstm", "memory_network"], "Which models.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", None, "Examples in a step; defaults to the config's.", lower_bound=1
)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns that the models take.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 100, "Training steps in a turn.", lower_bound=2)


def measure():
    """Prints how many questions or characters each model learns from in a second."""
    import keras

    from configs import babi, shakespeare
    from mann.models.build import build_model
    from mann.models.compiling import compile_model
    from mann.tasks.build import build_task
    from mann.training.batches import make_training_batches

    config = (babi if _DATA.value == "questions" else shakespeare).get_config()
    if _BATCH_SIZE.value:
        config.train.batch_size = _BATCH_SIZE.value

    def builder(name):
        config.model.name = name
        task = build_task(config)
        model = build_model(config.model, task)
        compile_model(model, config.train, task)
        batches = make_training_batches(task, config.train.batch_size, None, 0, _STEPS.value)
        return functools.partial(model.fit, batches, verbose=0)

    builders = {name: functools.partial(builder, name) for name in _MODELS.value}
    seconds = in_turn(with_replicas(builders), _ROUNDS.value)
    examples = config.train.batch_size
    if _DATA.value == "characters":
        examples *= config.task.chunk_length
    print(
        f"{_DATA.value} a second in training, {keras.backend.backend()}, "
        f"batch {config.train.batch_size}:"
    )
    for name, values in seconds.items():
        print(f"  {name:<28}{examples / statistics.median(values):>10,.0f}", flush=True)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Too many command-line arguments: {argv[1:]}.")
    on_backend(_BACKEND.value, measure)


if __name__ == "__main__":
    app.run(main)
