"""Refuses a run that needs more memory than the machine has, before any part of it is built."""

import os
import shutil
import subprocess

from mann_config.errors import UserError
from mann_config.sizes import estimate_examples, estimate_layers

_FLOAT_BYTES = 4
# The fields that the size of each part depends on.
_LOWER = {
    "the examples": "the numbers and sizes of --config.task",
    "the weights": "the sizes of --config.model, or those of its inputs in --config.task",
    "a batch": "--config.train.batch_size, or the sizes of --config.model and --config.task",
}


def check_memory(config, levels=None, training=True, processes=1):
    """Checks that this machine has the memory that a run needs at least.

    Args:
        config: dict, as `mann_config.check.complete_config` returns it.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of the config.
        training: whether the model is trained, not only measured. Defaults to `True`.
        processes: number of processes that a batch is spread over, each perhaps on a machine of its
            own. Defaults to 1.

    Raises:
        UserError: if the run needs more memory than the machine has.
    """
    parts = estimate_bytes(config, levels, training)
    parts["a batch"] //= processes
    total, machine = sum(parts.values()), get_main_memory()
    if machine is None or total <= machine:
        return
    machine += _get_gpu_memory()
    if total > machine:
        largest = max(parts, key=parts.get)
        raise UserError(
            f"This run would take about {format_bytes(total)} of memory or more; this machine has "
            f"{format_bytes(machine)}. Most of it is for {largest}: lower {_LOWER[largest]}."
        )


def estimate_bytes(config, levels=None, training=True):
    """Returns a dict from each part of a run to the bytes that it needs at least."""
    examples, layers = estimate_examples(config, levels), estimate_layers(config)
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


def format_bytes(number):
    """Returns a number of bytes as text, such as `"24 GB"`, and at most `"1,000 EB"`.

    Example:

    >>> [format_bytes(number) for number in (24_500_000_000, 4 * 10**12, 10**400)]
    ['24 GB', '4.0 TB', '1,000 EB']
    """
    power = 1000
    for name in ("kB", "MB", "GB", "TB", "PB", "EB"):
        if number < 1000 * power:
            value = number / power
            return f"{value:.{1 if value < 9.95 else 0}f} {name}"
        power *= 1000
    return "1,000 EB"


def get_main_memory():
    """Returns the bytes of memory of this machine, or `None` if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _get_gpu_memory():
    if shutil.which("nvidia-smi") is None:
        return 0
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
        return sum(int(line) * 2**20 for line in answer.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
