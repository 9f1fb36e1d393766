"""Builds a model from a config: memories and their baselines, all from (batch, time, ...)."""

import functools
import itertools
import math

import keras

from mann.layers.carry_state import CarryState
from mann.layers.densely_stacked_cells import DenselyStackedCells
from mann.layers.dnc import DNC
from mann.layers.encode_sentences import EncodeSentences
from mann.layers.fast_weights import FastWeights
from mann.layers.feed_back import FeedBack, FeedBackCell
from mann.layers.lrua import LRUA
from mann.layers.memory_network import MemoryNetwork
from mann.layers.ntm import NTM
from mann.layers.sam import SAM
from mann.models import imported
from mann.models.few_shot import EPISODIC_BUILDERS, align, build_episodic, encode_sequences
from mann_config.errors import UserError
from mann_config.machine_memory import check_memory
from mann_config.model_fields import MODEL, SLOT_MEMORIES
from mann_config.plugins import import_named, is_import_path, pick_arguments


def _make_memory_builder(layer):
    """Returns a builder of a memory layer, whose arguments are the fields of a config.

    A field of `None` leaves the argument at its default.
    """

    def build(config, name="memory"):
        fields = [field for field, kind in MODEL.items() if config.name in (kind.models or ())]
        given = {field: config[field] for field in fields if config[field] is not None}
        given.pop("num_layers", None)
        return [layer(**given, return_sequences=True, name=name)]

    return build


def _build_fast_weights(config):
    build = _make_memory_builder(FastWeights)
    names = ["memory", *(f"memory_{i}" for i in range(1, config.num_layers))]
    return [layer for name in names for layer in build(config, name)]


def _build_lstm(config):
    # cuDNN's kernel would take the whole model out of the compiled step.
    between = config.get("dropout", 0)
    layers = [
        keras.layers.LSTM(
            config.units, return_sequences=True, dropout=between if i else 0, use_cudnn=False
        )
        for i in range(config.num_layers)
    ]
    return [keras.Sequential(layers, name="lstm")]


def _build_feedforward(config):
    return [keras.layers.Dense(config.units, activation="relu", name="hidden")]


# Each returns a list of layers; see _stack.
MODEL_BUILDERS = {
    "lrua": _make_memory_builder(LRUA),
    "ntm": _make_memory_builder(NTM),
    "dnc": _make_memory_builder(DNC),
    "sam": _make_memory_builder(SAM),
    "fast_weights": _build_fast_weights,
    "lstm": _build_lstm,
    "feedforward": _build_feedforward,
}


def build_model(config, task):
    """Returns the model of a config: from sequences, or from episodes, to logits.

    Args:
        config: the `model` part of an experiment's config, with all fields of its model.
        task: the `Task` of the model.

    Raises:
        UserError: if the model refuses a size, or the task needs a model with a state.
    """
    try:
        if config.name in EPISODIC_BUILDERS:
            return build_episodic(config, task)
        if config.name == "memory_network":
            return _build_memory_network(config, task)
        return _build_sequence_model(config, task)
    except ValueError as error:
        raise UserError(f"--config.model: {error}") from error


def _build_sequence_model(config, task):
    x, inputs = _read_inputs(config, task)
    x = _drop(x, config, "drop_words")
    if task.image_shape is not None:
        x = encode_sequences(x, config.encoder, task.image_shape)
    if is_import_path(config.name):
        layers = [imported.build_layer(config)]
        imported.check_steps(layers[0], x.shape[-1], config.name)
    else:
        layers = MODEL_BUILDERS[config.name](config)
    shape = task.num_outputs if isinstance(task.num_outputs, tuple) else (task.num_outputs,)
    if task.feeds_back:
        outputs = _feed_back(layers, shape)(x)
    else:
        if task.carried_rows is not None:
            restart = keras.Input((), dtype="bool", name="restart")
            layers, inputs = _carry_states(layers, task.carried_rows, restart), [inputs, restart]
        x = _stack(layers, x)
        if task.sentence_length is not None and config.name != "fast_weights":
            # A network of sentences learns many times faster from outputs of one scale.
            x = keras.layers.LayerNormalization(name="normalize")(x)
        x = _drop(x, config, "drop_outputs")
        outputs = keras.layers.Dense(math.prod(shape), name="logits")(x)
    if len(shape) > 1:
        outputs = keras.layers.Reshape((-1, *shape), name="symbols")(outputs)
    # Names of Keras's have no dots and colons.
    model = keras.Model(inputs, outputs, name=config.name.rpartition(":")[2])
    if task.image_shape is not None and config.encoder.aligned and config.name in SLOT_MEMORIES:
        align(model, config, task.image_shape)
    return model


def _read_inputs(config, task):
    """Returns the features of each step of a sequence, and the `keras.Input` they are made of."""
    if task.vocabulary_size is None:
        inputs = keras.Input((None, task.num_features), name="sequence")
        return inputs, inputs
    if task.sentence_length is None:
        inputs = keras.Input((None,), dtype="int32", name="sequence")
        embed = keras.layers.Embedding(task.vocabulary_size, config.embedding, name="words")
    else:
        inputs = keras.Input((None, task.sentence_length), dtype="int32", name="sequence")
        embed = EncodeSentences(task.vocabulary_size, config.embedding, name="sentences")
    return embed(inputs), inputs


def _drop(x, config, name):
    """Returns the features of each step, of which training drops the same ones in all steps."""
    # Only models of words have the field, and a task of another package may know none of it.
    rate = config.get("dropout", 0)
    # Other numbers at each step take XLA longer than the network itself.
    return keras.layers.SpatialDropout1D(rate, name=name)(x) if rate else x


def _build_memory_network(config, task):
    """Returns a model from stories `(batch, sentences, words)` and questions to answers.

    Args:
        config: the `model` part of an experiment's config.
        task: an `AttentionTask`.
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


def _stack(layers, x):
    """Returns the outputs of a layer, or of several layers what they see and put out together.

    Args:
        layers: list of layers, or of functions that call them; each of several sees the inputs and
            the outputs of all before it.
        x: the inputs.
    """
    if len(layers) == 1:
        return layers[0](x)
    for i, layer in enumerate(layers):
        x = keras.layers.Concatenate(name=f"seen_{i + 1}")([x, layer(x)])
    return x


def _carry_states(layers, rows, restart):
    """Returns functions that call layers, which continue a batch from the end of the last one."""
    numbers = itertools.count()

    def carry(layer):
        carried = [
            CarryState(
                one.from_config({**one.get_config(), "return_state": True}),
                rows,
                name=f"carried_{next(numbers)}",
            )
            for one in _list_recurrent_layers(layer)
        ]
        return lambda x: functools.reduce(lambda x, one: one(x, restart), carried, x)

    return [carry(layer) for layer in layers]


def _feed_back(layers, symbols):
    """Returns a layer of logits that can receive its last answer as an input."""
    cells = [[one.cell for one in _list_recurrent_layers(layer)] for layer in layers]
    cells = [
        chain[0] if len(chain) == 1 else keras.layers.StackedRNNCells(chain) for chain in cells
    ]
    cell = cells[0] if len(cells) == 1 else DenselyStackedCells(cells)
    return FeedBack(FeedBackCell(cell, symbols), return_sequences=True, name="feed_back")


def _list_recurrent_layers(layer):
    layers = layer.layers if isinstance(layer, keras.Sequential) else [layer]
    for layer in layers:
        if not isinstance(layer, keras.layers.RNN):
            raise UserError(
                f"--config.model.name: {layer.name} has no state, which this task needs: choose "
                "dnc, ntm, lrua or lstm."
            )
    return layers


def _takes(config, field):
    """Returns whether the model of a config has an argument of its memory."""
    if is_import_path(config.name):
        layer = import_named(config.name, "--config.model.name")
        return bool(pick_arguments(layer, {field: None}))
    return config.name in MODEL[field].models


def change_memory(model, config, task, memory_size=None, addressing=None):
    """Returns a model with the weights of `model`, whose memory is larger or addressed otherwise.

    Args:
        model: a trained model.
        config: the config of its run, whose `model` part is changed.
        task: the `Task` of the model.
        memory_size: number of slots. Defaults to `None`: as many as before.
        addressing: `"soft"` or `"hard"`. Defaults to `None`: as before.

    Raises:
        UserError: if the model has no such memory, or one whose initial content is learned.
    """
    given = {"memory_size": memory_size, "addressing": addressing}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return model
    for name, value in given.items():
        if not _takes(config.model, name):
            raise UserError(
                f"--{name}={value}: the model, {config.model.name}, has no memory"
                f"{' that takes it' if is_import_path(config.model.name) else ''}. Leave the flag "
                "out."
            )
        config.model[name] = value
    check_memory(config.to_dict(), training=False)
    changed = build_model(config.model, task)
    try:
        changed.set_weights(model.get_weights())
    except ValueError as error:
        raise UserError(
            f"--memory_size={memory_size}: the initial memory is learned, so that its size is "
            "fixed. Leave the flag out, or train with --config.model.learn_initial_memory=False."
        ) from error
    return changed
