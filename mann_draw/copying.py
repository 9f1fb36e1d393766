"""The Neural Turing Machine that copies what is tapped on the page, step by step."""

import base64
import functools
import threading

import keras
import numpy as np

from mann.models.stateful import StatefulModel
from mann.pretrained import get_pretrained_workdir
from mann.runs import checkpoints
from mann_draw.errors import RequestError

BITS = 8
# As far as it was measured; its memory has no slots for many more.
LONGEST = 120
_LOADING, _RUNNING = threading.Lock(), threading.Lock()


def copy_columns(columns):
    """Returns how the pretrained NTM copies a sequence.

    Args:
        columns: list of 1 to `LONGEST` lists of `BITS` bits.

    Returns:
        Dict of `answer`, the probability of each bit of each column, and `slots`; then, for each of
        the `2 * len(columns) + 1` steps, `writes` and `reads`: the weights of each slot from 0 to
        255, summed over the heads, as bytes in base64.

    Raises:
        RequestError: if `columns` are not that.
    """
    inputs = _make_inputs(columns)
    with _LOADING:
        model = _load()
    states, outputs, weights = None, [], {"writes": [], "reads": []}
    with _RUNNING:
        for step in inputs:
            output, states = model.run(step[None, None], states)
            memory = model.name_memories(states)[0]
            outputs.append(output[0, 0])
            weights["writes"].append(memory.write_weights[0])
            weights["reads"].append(memory.read_weights[0])
    answer = 1 / (1 + np.exp(-np.array(outputs[len(columns) + 1 :])))
    return {
        "answer": np.round(answer.astype(float), 3).tolist(),
        "slots": int(weights["reads"][0].shape[-1]),
        **{name: _to_bytes(values) for name, values in weights.items()},
    }


def _make_inputs(columns):
    """Returns the steps of a sequence: its columns, the delimiter, and silence for the answer."""
    if (
        not isinstance(columns, list)
        or not 1 <= len(columns) <= LONGEST
        or not all(isinstance(column, list) and len(column) == BITS for column in columns)
        or not all(type(bit) is int and bit in (0, 1) for column in columns for bit in column)
    ):
        raise RequestError(f"A sequence must be 1 to {LONGEST} columns of {BITS} bits, 0 or 1.")
    inputs = np.zeros((2 * len(columns) + 1, BITS + 1), np.float32)
    inputs[: len(columns), :BITS] = columns
    inputs[len(columns), BITS] = 1
    return inputs


@functools.cache
def _load():
    model, _ = checkpoints.load_best_as_saved(get_pretrained_workdir("copy"))
    return StatefulModel(model)


def _to_bytes(weights):
    summed = keras.ops.convert_to_numpy(keras.ops.stack(weights)).sum(axis=1)
    return base64.b64encode(np.round(255 * summed.clip(0, 1)).astype(np.uint8).tobytes()).decode()
