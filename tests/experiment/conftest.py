"""Small configs, and the commands of the README."""

import os
import pathlib
import subprocess
import sys

import pytest
from small_runs import SMALL, SMALL_COPY

from configs import characters, copy

ROOT = pathlib.Path(__file__).parents[2]


def changed(config, small, changes):
    config.update_from_flattened_dict(
        small | {name.replace("__", "."): value for name, value in changes.items()}
    )
    return config


@pytest.fixture
def small_config():
    return lambda **changes: changed(characters.get_config(), SMALL, changes)


@pytest.fixture
def small_copy():
    return lambda **changes: changed(copy.get_config(), SMALL_COPY, changes)


@pytest.fixture
def command():
    """Starts a command of the README in the project's folder, with fields of its config set."""

    def start(script, *arguments, fields=None):
        flags = [f"--config.{name}={value}" for name, value in (fields or {}).items()]
        return subprocess.Popen(
            [sys.executable, script, *arguments, *flags],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
