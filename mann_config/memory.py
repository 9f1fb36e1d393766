"""Refuses a run that takes more memory than the machine has, before anything of it is built."""

import os
import shutil
import subprocess

from mann_config.errors import UserError
from mann_config.sizes import examples_of, layers_of

_FLOAT_BYTES = 4
# What each part depends on.
_LOWER = {
    "the examples": "the numbers and sizes of --config.task",
    "the weights": "the sizes of --config.model, or those of its inputs in --config.task",
    "a batch": "--config.train.batch_size, or the sizes of --config.model and --config.task",
}


def check_memory(config, levels=None, training=True):
    """Checks that this machine has the memory that a run takes at the least.

    Args:
        config: dict, as `mann_config.check.completed` returns it.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of the config.
        training: whether the model is trained, and not only measured. Defaults to `True`.

    Raises:
        UserError: if it takes more.
    """
    parts = bytes_of(config, levels, training)
    total, machine = sum(parts.values()), main_memory()
    if machine is None or total <= machine:
        return
    machine += _gpu_memory()
    if total > machine:
        largest = max(parts, key=parts.get)
        raise UserError(
            f"This run would take about {in_units(total)} of memory or more; this machine has "
            f"{in_units(machine)}. Most of it is for {largest}: lower {_LOWER[largest]}."
        )


def bytes_of(config, levels=None, training=True):
    """Returns a dict from a part of a run to the least bytes that it takes."""
    examples, layers = examples_of(config, levels), layers_of(config)
    longest = max(examples.steps, examples.measured_steps)
    copies, row = 1, longest * examples.features + layers.states
    if training:
        # The gradient, and the moments of Adam.
        copies = 5 if config["train"]["amsgrad"] else 4
        steps = examples.steps * (examples.features + layers.states)
        row = max(row, steps + layers.row)
    return {
        "the examples": examples.bytes,
        "the weights": copies * layers.weights * _FLOAT_BYTES,
        "a batch": config["train"]["batch_size"] * row * _FLOAT_BYTES,
    }


def in_units(number):
    """Returns a number of bytes as text, and any above 1,000 EB as that.

    Example:

    >>> [in_units(number) for number in (24_500_000_000, 4 * 10**12, 10**400)]
    ['24 GB', '4.0 TB', '1,000 EB']
    """
    power = 1000
    for name in ("kB", "MB", "GB", "TB", "PB", "EB"):
        if number < 1000 * power:
            value = number / power
            return f"{value:.{1 if value < 9.95 else 0}f} {name}"
        power *= 1000
    return "1,000 EB"


def main_memory():
    """Returns the bytes of memory of this machine, or `None` if the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _gpu_memory():
    if shutil.which("nvidia-smi") is None:
        return 0
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
        return sum(int(line) * 2**20 for line in answer.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
