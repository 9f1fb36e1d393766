"""Runs small enough for tests: generated characters, and copy, with a memory of 8 slots."""

import contextlib
import importlib

import keras
import pytest

from mann.models import compiling

# Fields for any model, and those for a memory.
SMALL_TRAINING = {
    "model.units": 8,
    "train.steps": 6,
    "train.batch_size": 2,
    "train.checkpoint_every": 2,
    "train.report_every": 2,
    "train.validate_every": 3,
    "train.validation_episodes": 4,
    "test_episodes": 6,
}
SMALL_RUN = {
    **SMALL_TRAINING,
    "model.memory_size": 8,
    "model.word_size": 4,
    "model.num_read_heads": 1,
}
SMALL = {
    "task.num_train_classes": 12,
    "task.num_validation_classes": 4,
    "task.num_test_classes": 5,
    "task.image_size": 12,
    "task.ways": 3,
    "task.instances": 3,
    **SMALL_RUN,
}
# A small alphabet and a curriculum that rises at every check, as no fraction of wrong bits is above
# its threshold.
SMALL_COPY = {
    "task.bits": 3,
    "task.length": (1, 4),
    "task.test_levels.length": (2, 6),
    "task.curriculum.name": "doubling",
    "task.curriculum.start": 1,
    "task.curriculum.threshold": 0.999,
    "task.curriculum.every": 2,
    **SMALL_RUN,
}
SMALL_SYMBOLS = {"task.length": (1, 6), "task.test_levels.length": (2, 8), **SMALL_RUN}

# A copy that is stopped and resumed: each of two processes has two rows of a batch, levels rise at
# steps 6 and 12, before and between the stops, and reports average over steps on both sides of one.
STOPPED_COPY = SMALL_COPY | {
    "train.batch_size": 4,
    "train.checkpoint_every": 5,
    "train.report_every": 7,
    "task.curriculum.every": 6,
    # Each length is compiled anew.
    "task.length": (1, 3),
    "task.test_levels.length": (2,),
}

# Small runs of every kind of task and of training, by name: the config's file, and its fields.
KINDS = {
    "lrua": ("characters", SMALL),
    "classes": (
        "characters",
        SMALL
        | {
            "model.name": "ntm",
            "task.labels": "string",
            "task.consecutive": 2,
            "task.first_ways": 2,
            "task.episodes_per_way": 16,
        },
    ),
    "matching": ("characters", SMALL | {"model.name": "matching", "task.queries": 2}),
    "maml": ("characters", SMALL | {"model.name": "maml", "task.queries": 2}),
    "copy": ("copy", SMALL_COPY),
    "symbols": ("chomsky", SMALL_SYMBOLS),
    "text": ("shakespeare", SMALL_RUN | {"model.name": "lrua", "task.chunk_length": 8}),
    "words": ("babi", SMALL_TRAINING | {"model.name": "lstm", "task.generated": 50}),
    "sentences": ("babi", SMALL_TRAINING | {"task.generated": 50}),
    "graphs": ("graph_traversal", SMALL_RUN),
    "functions": ("functions", SMALL_RUN),
}


def make_config(kind, text_file, **changes):
    """Returns the config of one of `KINDS` with batches of 4; a text is read from `text_file`."""
    name, small = KINDS[kind]
    config = importlib.import_module(f"configs.{name}").get_config()
    if kind == "text":
        config.task.path = str(text_file)
    return changed(config, small, {"train__batch_size": 4, **changes})


def changed(config, small, changes):
    """Returns a config made small, and changed in fields whose names have `__` for each dot."""
    config.update_from_flattened_dict(
        small | {name.replace("__", "."): value for name, value in changes.items()}
    )
    return config


@contextlib.contextmanager
def without_xla():
    """Leaves out XLA, which takes longest to compile, where TensorFlow has it."""
    with pytest.MonkeyPatch.context() as patch:
        if keras.backend.backend() == "tensorflow":
            patch.setattr(compiling, "choose_jit_compile", lambda: False)
        yield
