"""Builds the layers of other packages, and checks that they can stand where ours stand."""

import keras
import numpy as np

from mann_config.errors import UserError
from mann_config.plugins import import_named, pick_arguments

# Steps of the sequence that a layer is tried on.
_STEPS = 4


def build_layer(config):
    """Returns a layer of the class that a config names, with those fields that it takes.

    Args:
        config: the `model` part of an experiment's config, whose `name` is an import path.

    Raises:
        UserError: if it cannot be imported, or does not make a Keras layer.
    """
    where = f"--config.model.name={config.name}"
    build = import_named(config.name, "--config.model.name")
    if isinstance(build, type) and not issubclass(build, keras.layers.Layer):
        raise UserError(f"{where} must be a class of Keras layers, which this class is not.")
    if not callable(build):
        raise UserError(f"{where} must be a class of Keras layers. It is {type(build).__name__}.")
    arguments = pick_arguments(build, config.to_dict())
    arguments = {name: value for name, value in arguments.items() if value is not None}
    # Loops over time must return each step's output; layers that have none take every step anyway.
    recurrent = isinstance(build, type) and issubclass(build, keras.layers.RNN)
    if recurrent or pick_arguments(build, {"return_sequences": True}):
        arguments["return_sequences"] = True
    try:
        layer = build(**{**arguments, "name": "memory"})
    except TypeError as error:
        raise UserError(f"{where} cannot be built of {arguments}: {error}.") from error
    if not isinstance(layer, keras.layers.Layer):
        raise UserError(f"{where} must be a class of Keras layers. It made {type(layer).__name__}.")
    return layer


def check_steps(layer, num_features, name):
    """Checks, on a copy, that a layer answers at each step from the steps up to it.

    In few-shot sequences the label of an image comes with the next one: a layer that looks ahead
    would read the answer.

    Args:
        layer: a Keras layer.
        num_features: number of features of a step.
        name: its import path, for messages.

    Raises:
        UserError: if it cannot be copied by its config, returns another shape, or looks ahead.
    """
    where = f"--config.model.name={name}"
    sequences = np.random.default_rng(0).normal(size=(1, _STEPS, num_features)).astype("float32")
    changed = sequences.copy()
    changed[:, -1] += 1
    try:
        copy = type(layer).from_config(layer.get_config())
    except Exception as error:
        raise UserError(
            f"{where} cannot be saved: from_config(get_config()) fails with "
            f"{type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    one, other = (keras.ops.convert_to_numpy(copy(each)) for each in (sequences, changed))
    if one.ndim != 3 or one.shape[:2] != (1, _STEPS):
        raise UserError(
            f"{where} must return (batch, time, features) for each step. Of a sequence of shape "
            f"{sequences.shape} it made {one.shape}."
        )
    if not np.allclose(one[:, :-1], other[:, :-1], atol=1e-4):
        raise UserError(
            f"{where} looks ahead: its answer at a step must not depend on later steps, which "
            "bring the labels."
        )
