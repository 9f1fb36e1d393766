"""Small configs, and the commands of the README."""

import os
import pathlib
import subprocess
import sys

import pytest
from small_runs import SMALL_COPY, changed

from configs import copy

ROOT = pathlib.Path(__file__).parents[2]


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
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
