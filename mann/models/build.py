"""Builds a model from a config: the memory network and its baselines, all (batch, time, ...)."""

import math

import keras

from mann.layers.carry_state import CarryState
from mann.layers.dnc import DNC
from mann.layers.feed_back import FeedBack, FeedBackCell
from mann.layers.lrua import LRUA
from mann.layers.memory_network import MemoryNetwork
from mann.layers.ntm import NTM
from mann.models.few_shot import EPISODIC_BUILDERS, align, build_episodic, encoded
from mann_config.errors import UserError
from mann_config.fields import MEMORIES, MODEL
from mann_config.memory import check_memory


def _memory(layer):
    """Returns a builder of a memory layer whose arguments are its fields of a config.

    A field of `None` leaves an argument at its default.
    """

    def build(config):
        fields = [name for name, field in MODEL.items() if config.name in (field.models or ())]
        given = {name: config[name] for name in fields if config[name] is not None}
        return layer(**given, return_sequences=True, name="memory")

    return build


def _lstm(config):
    # cuDNN's kernel would take the whole model out of the compiled step.
    return keras.Sequential(
        [
            keras.layers.LSTM(config.units, return_sequences=True, use_cudnn=False)
            for _ in range(config.num_layers)
        ],
        name="lstm",
    )


def _feedforward(config):
    return keras.layers.Dense(config.units, activation="relu", name="hidden")


MODEL_BUILDERS = {
    "lrua": _memory(LRUA),
    "ntm": _memory(NTM),
    "dnc": _memory(DNC),
    "lstm": _lstm,
    "feedforward": _feedforward,
}


def build_model(config, task):
    """Returns the model of a config: from sequences, or from episodes, to logits.

    Args:
        config: the `model` part of an experiment's config, with all fields of its model.
        task: the `Task` that it is for.

    Raises:
        UserError: if the model refuses a size, or the task a model without a state.
    """
    try:
        if config.name in EPISODIC_BUILDERS:
            return build_episodic(config, task)
        if config.name == "memory_network":
            return _memory_network(config, task)
        return _sequence_model(config, task)
    except ValueError as error:
        raise UserError(f"--config.model: {error}") from error


def _sequence_model(config, task):
    if task.vocabulary_size is None:
        x = inputs = keras.Input((None, task.num_features), name="sequence")
    else:
        inputs = keras.Input((None,), dtype="int32", name="sequence")
        x = keras.layers.Embedding(task.vocabulary_size, config.embedding, name="words")(inputs)
    if task.image_shape is not None and config.encoder.name != "none":
        x = encoded(x, config.encoder, task.image_shape)
    layer = MODEL_BUILDERS[config.name](config)
    shape = task.num_outputs if isinstance(task.num_outputs, tuple) else (task.num_outputs,)
    if task.feeds_back:
        outputs = _feeding_back(layer, shape)(x)
    else:
        if task.carried_rows is None:
            x = layer(x)
        else:
            restart = keras.Input((), dtype="bool", name="restart")
            x, inputs = _carried(layer, task.carried_rows, x, restart), [inputs, restart]
        outputs = keras.layers.Dense(math.prod(shape), name="logits")(x)
    if len(shape) > 1:
        outputs = keras.layers.Reshape((-1, *shape), name="symbols")(outputs)
    model = keras.Model(inputs, outputs, name=config.name)
    if task.image_shape is not None and config.encoder.aligned:
        align(model, config)
    return model


def _memory_network(config, task):
    """Returns a model from stories `(batch, sentences, words)` and questions to answers.

    Args:
        config: the `model` part of an experiment's config.
        task: a `SentenceTask`.
    """
    length = task.sentence_length
    stories = keras.Input((task.config.sentences, length), dtype="int32", name="stories")
    questions = keras.Input((length,), dtype="int32", name="questions")
    layer = MemoryNetwork(
        task.vocabulary_size,
        config.units,
        task.config.sentences,
        num_hops=config.num_hops,
        tying=config.tying,
        encoding=config.encoding,
        mask_empty=config.mask_empty,
        linear_start=config.linear_start,
        name="memory",
    )
    return keras.Model([stories, questions], layer(stories, questions), name="memory_network")


def _carried(layer, rows, x, restart):
    """Returns the outputs of a layer that goes on, in each batch, where the last one ended."""
    for i, one in enumerate(_recurrent_layers(layer)):
        one = one.from_config({**one.get_config(), "return_state": True})
        x = CarryState(one, rows, name=f"carried_{i}")(x, restart)
    return x


def _feeding_back(layer, symbols):
    """Returns a layer that answers with logits, and can be shown its last answer."""
    cells = [layer.cell for layer in _recurrent_layers(layer)]
    cell = cells[0] if len(cells) == 1 else keras.layers.StackedRNNCells(cells)
    return FeedBack(FeedBackCell(cell, symbols), return_sequences=True, name="feed_back")


def _recurrent_layers(layer):
    layers = layer.layers if isinstance(layer, keras.Sequential) else [layer]
    for layer in layers:
        if not isinstance(layer, keras.layers.RNN):
            raise UserError(
                f"--config.model.name: {layer.name} has no state, which this task needs: choose "
                "dnc, ntm, lrua or lstm."
            )
    return layers


def with_memory_size(model, config, task, memory_size):
    """Returns a model with another number of slots and the weights of `model`."""
    if config.model.name not in MEMORIES:
        raise UserError(f"--memory_size: the model, {config.model.name}, has no memory.")
    config.model.memory_size = memory_size
    check_memory(config.to_dict(), training=False)
    larger = build_model(config.model, task)
    try:
        larger.set_weights(model.get_weights())
    except ValueError as error:
        raise UserError(
            f"--memory_size={memory_size}: the initial memory is learned, so that its size is "
            "fixed; train with --config.model.learn_initial_memory=False."
        ) from error
    return larger
