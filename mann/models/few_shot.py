"""Builds the encoders and the models of few-shot configs."""

import math
import pathlib

import keras

from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.layers.memory_layer import MemoryLayer
from mann.models.alignment import align_keys_with_words, write_in_turn
from mann.models.encoder import conv_encoder
from mann.models.maml import MAML
from mann.models.matching import MatchingNetwork
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.prototypical import PrototypicalNetwork
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann_config.errors import UserError
from mann_config.pretrained import PRETRAINED, few_shot_names


def build_encoder(config, image_shape):
    """Returns a model from images to features, with the settings of the `encoder` part of a config.

    Args:
        config: the `model.encoder` part of an experiment's config.
        image_shape: shape of an image, `(height, width)` or `(height, width, channels)`.
    """
    if config.name == "none":
        layers = [keras.Input(image_shape), keras.layers.Flatten()]
        return keras.Sequential(layers, name="encoder")
    encoder = conv_encoder(image_shape, config.filters, config.features)
    encoder.trainable = config.trainable
    return encoder


def encode_sequences(sequences, config, image_shape):
    """Replaces the images in sequences of images and labels by features, as a config says.

    Features of an encoder are of one norm. Without one, the pixels are the features.

    Args:
        sequences: symbolic tensor `(batch, time, pixels + label)`.
        config: the `model.encoder` part of an experiment's config.
        image_shape: shape of an image, `(height, width)` or `(height, width, channels)`.
    """
    size = math.prod(image_shape)
    if config.name != "none":
        encoder = build_encoder(config, image_shape)
        size = encoder.output_shape[-1]
        layers = [
            keras.Input(image_shape),
            encoder,
            # A memory searches by cosine, like a matching network, whose encoder it may have.
            # Features of equal norm keep the angles, and the label written beside them weighs the
            # same for each image.
            keras.layers.UnitNormalization(),
            keras.layers.Rescaling(size**0.5),
        ]
        encoder = keras.Sequential(layers, name="unit_encoder")
        sequences = EncodeImages(encoder, image_shape, name="images")(sequences)
    if config.repeat_previous:
        sequences = RepeatPrevious(size, name="repeat_previous")(sequences)
    return sequences


def align(model, config, image_shape):
    """Aligns the keys of a new model's memory with the words that it writes; see `alignment`.

    Args:
        model: the new model.
        config: the `model` part of an experiment's config, which names a memory.
        image_shape: shape of an image, `(height, width)` or `(height, width, channels)`.

    Raises:
        ValueError: if the config lacks a setting that this needs.
    """
    memory = next(layer for layer in model.layers if isinstance(layer, MemoryLayer))
    if not (config.input_to_interface and config.encoder.repeat_previous):
        raise ValueError(
            "model.encoder.aligned=True needs model.input_to_interface=True and "
            "model.encoder.repeat_previous=True: set them, or model.encoder.aligned=False."
        )
    if "words" not in memory.cell.interface_sizes():
        raise ValueError(
            "model.encoder.aligned=True needs a memory that writes words of its own: set "
            "model.variant=default, or model.encoder.aligned=False."
        )
    num_features = model.get_layer("repeat_previous").num_features
    pixels = image_shape if config.encoder.name == "none" else None
    align_keys_with_words(memory, num_features, pixels)
    write_in_turn(memory)


def _make_builder(learner):
    def build(config, task):
        return learner(build_encoder(config.encoder, task.image_shape), name=config.name)

    return build


def _build_nearest_neighbor(config, task):
    model = _make_builder(NearestNeighbor)(config, task)
    # Its encoder was trained elsewhere.
    model.trainable = False
    return model


def _build_maml(config, task):
    encoder = build_encoder(config.encoder, task.image_shape)
    # A head of zeros, so that the first answers are guesses and the first step is small.
    head = keras.layers.Dense(task.num_outputs, kernel_initializer="zeros", name="head")
    layers = [keras.Input(task.image_shape), encoder, head]
    network = keras.Sequential(layers, name="network")
    return MAML(
        network,
        inner_steps=config.inner_steps,
        inner_learning_rate=config.inner_learning_rate,
        first_order=config.first_order,
        name=config.name,
    )


# Models of a support set and queries, not of a sequence.
EPISODIC_BUILDERS = {
    "prototypical": _make_builder(PrototypicalNetwork),
    "matching": _make_builder(MatchingNetwork),
    "maml": _build_maml,
    "nearest_neighbor": _build_nearest_neighbor,
}


def build_episodic(config, task):
    """Returns the model of a config from support and queries to logits."""
    model = EPISODIC_BUILDERS[config.name](config, task)
    images = (None, None, *task.image_shape)
    model.build(
        {
            "support_images": images,
            "support_labels": (None, None, task.num_outputs),
            "query_images": images,
        }
    )
    return model


def load_encoder(model, config, task):
    """Loads the weights of a trained encoder into a new model, if its config names one.

    Args:
        model: the new model.
        config: the `model` part of its config, whose `encoder.weights` is the workdir of a run or
            the name of a pretrained model.
        task: the `Task` that it will be trained and measured on.

    Raises:
        UserError: if there is no such run, it holds no such encoder, or it was trained on other
            classes of the same data, so that its encoder may know the test classes of this run.
    """
    source = config.get("encoder", {}).get("weights", None)
    if not source:
        return
    where = f"--config.model.encoder.weights={source}"
    workdir = Workdir(PRETRAINED / source if source in few_shot_names() else source)
    if not workdir.splits.exists():
        raise UserError(
            f"{where} is neither a pretrained model ({', '.join(few_shot_names())}) nor a run of "
            "mann train yet: train the encoder first, mann train --config=matching "
            f"--workdir={source}, or name the run of another."
        )
    if workdir.read_splits() != task.class_hashes:
        trained_on = _name_data(workdir.read_config()["task"])
        if trained_on == _name_data(task.config):
            raise UserError(
                f"{where} was trained on other classes than those of this config: it may know the "
                "test classes. Train both with the same --config.task."
            )
        print(
            f"The encoder starts from {source}, which was trained on {' '.join(trained_on)}: make "
            "sure that none of the test classes of this run are among its classes."
        )
    try:
        trained, _ = checkpoints.load_best_as_saved(workdir)
        encoder = get_encoder(model)
        encoder.set_weights(get_encoder(trained).get_weights())
    except ValueError as error:
        raise UserError(
            f"{where} is not an encoder of this config's sizes ({error}): give both the same "
            "--config.model.encoder, image size and image mode."
        ) from error


def _name_data(task):
    """Returns words for the data of the `task` part of a few-shot config."""
    words = [task["name"], task.get("splits"), task.get("dataset", "").partition(":")[0]]
    if task.get("path"):
        words.append(str(pathlib.Path(task["path"]).resolve()))
    return [word for word in words if word]


def get_encoder(model):
    """Returns the encoder of a few-shot model; raises ValueError if it has none."""
    if hasattr(model, "encoder"):
        return model.encoder
    if hasattr(model, "network"):
        return model.network.layers[0]
    for layer in model.layers:
        if isinstance(layer, EncodeImages):
            return layer.encoder.get_layer("encoder")
    raise ValueError(f"the model {model.name!r} has no encoder")
