"""A run small enough for tests: generated characters, a memory of 8 slots."""

import os
import pathlib
import subprocess
import sys

import pytest

from configs import characters

ROOT = pathlib.Path(__file__).parents[2]

SMALL = {
    "task.num_train_classes": 12,
    "task.num_validation_classes": 4,
    "task.num_test_classes": 5,
    "task.image_size": 12,
    "task.ways": 3,
    "task.instances": 3,
    "model.units": 8,
    "model.memory_size": 8,
    "model.word_size": 4,
    "model.num_read_heads": 1,
    "train.steps": 6,
    "train.batch_size": 2,
    "train.checkpoint_every": 2,
    "train.report_every": 2,
    "train.validate_every": 3,
    "train.validation_episodes": 4,
    "test_episodes": 6,
}


@pytest.fixture
def small_config():
    def make(**changes):
        config = characters.get_config()
        config.update_from_flattened_dict(
            SMALL | {k.replace("__", "."): v for k, v in changes.items()}
        )
        return config

    return make


@pytest.fixture
def command():
    """Starts a command of the README in the project's folder, at small size."""

    def start(script, *arguments, small=True):
        flags = [f"--config.{name}={value}" for name, value in SMALL.items()] if small else []
        return subprocess.Popen(
            [sys.executable, script, *flags, *arguments],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
