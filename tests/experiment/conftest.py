"""Small configs, and the commands of the README."""

import os
import pathlib
import subprocess
import sys

import pytest
from small_runs import SMALL_COPY, changed

from configs import copy
from mann.models.build import build_model
from mann.models.compiling import compile_model
from mann.runs import checkpoints
from mann.tasks.build import build_task

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def small_copy():
    return lambda **changes: changed(copy.get_config(), SMALL_COPY, changes)


@pytest.fixture
def compiled_model(small_config):
    """Makes a compiled model of the small config, with changes."""

    def make(**changes):
        config = small_config(**changes)
        task = build_task(config)
        model = build_model(config.model, task)
        compile_model(model, config.train, task)
        return model

    return make


@pytest.fixture
def save():
    """Saves a model as one that was trained for so many steps."""

    def save(model, path, step):
        model.optimizer.build(model.trainable_variables)
        model.optimizer.iterations.assign(step)
        checkpoints.save_model(model, path)

    return save


@pytest.fixture
def command():
    """Starts a command of the README in the project's folder, with fields of its config set."""

    def start(script, *arguments, fields=None, streams=subprocess.PIPE):
        flags = [f"--config.{name}={value}" for name, value in (fields or {}).items()]
        return subprocess.Popen(
            [sys.executable, script, *arguments, *flags],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=streams,
            stdout=streams,
            stderr=streams,
            text=True,
        )

    return start
