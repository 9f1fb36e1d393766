"""Builds the encoders and the models of few-shot configs."""

import keras

from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.layers.memory_layer import MemoryLayer
from mann.models.alignment import align_keys_with_words
from mann.models.encoder import conv_encoder
from mann.models.maml import MAML
from mann.models.matching import MatchingNetwork
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.prototypical import PrototypicalNetwork
from mann.runs import checkpoints
from mann.runs.workdir import Workdir
from mann_config.errors import UserError


def build_encoder(config, image_shape):
    """Returns a model from images to features, as the `encoder` part of a config says.

    Args:
        config: the `model.encoder` part of an experiment's config.
        image_shape: of an image.
    """
    if config.name == "none":
        layers = [keras.Input(image_shape), keras.layers.Flatten()]
        return keras.Sequential(layers, name="encoder")
    encoder = conv_encoder(image_shape, config.filters, config.features)
    encoder.trainable = config.trainable
    return encoder


def encoded(sequences, config, image_shape):
    """Returns sequences of images and labels with features, all of one length, for the images.

    Args:
        sequences: symbolic tensor `(batch, time, pixels + label)`.
        config: the `model.encoder` part of an experiment's config.
        image_shape: of an image.
    """
    encoder = build_encoder(config, image_shape)
    size = encoder.output_shape[-1]
    layers = [
        keras.Input(image_shape),
        encoder,
        # A memory searches by cosine, as a matching network, whose encoder it may have, compares.
        # Features of one length keep its angles, and what else is written beside them weighs the
        # same with each image.
        keras.layers.UnitNormalization(),
        keras.layers.Rescaling(size**0.5),
    ]
    encoder = keras.Sequential(layers, name="unit_encoder")
    features = EncodeImages(encoder, image_shape, name="images")(sequences)
    if not config.repeat_previous:
        return features
    return RepeatPrevious(size, name="repeat_previous")(features)


def align(model, config):
    """Makes the memory of a new model look for an image as it writes it.

    Raises:
        ValueError: if the config leaves out what that needs.
    """
    memory = next((layer for layer in model.layers if isinstance(layer, MemoryLayer)), None)
    if not (memory and config.input_to_interface and config.encoder.repeat_previous):
        raise ValueError(
            "encoder.aligned needs a memory, model.input_to_interface and "
            "model.encoder.repeat_previous."
        )
    if "words" not in memory.cell.interface_sizes():
        raise ValueError(
            "encoder.aligned needs a memory that writes words of its own: set "
            "model.variant=default."
        )
    align_keys_with_words(memory, model.get_layer("repeat_previous").num_features)


def _episodic(learner):
    def build(config, task):
        return learner(build_encoder(config.encoder, task.image_shape), name=config.name)

    return build


def _nearest_neighbor(config, task):
    model = _episodic(NearestNeighbor)(config, task)
    # Its encoder was trained elsewhere.
    model.trainable = False
    return model


def _maml(config, task):
    encoder = build_encoder(config.encoder, task.image_shape)
    # Without a head of its own making, the first answers are a guess and the first step is small.
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


# Models that are given a support set and queries instead of a sequence.
EPISODIC_BUILDERS = {
    "prototypical": _episodic(PrototypicalNetwork),
    "matching": _episodic(MatchingNetwork),
    "maml": _maml,
    "nearest_neighbor": _nearest_neighbor,
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
    """Gives the encoder of a new model the weights of a trained one, where its config names one.

    Args:
        model: the new model.
        config: the `model` part of its config.
        task: the `Task` that it will be trained and measured on.

    Raises:
        UserError: if there is no such run, or it holds no such encoder, or was trained on other
            classes, so that the test classes of this one may be known to it.
    """
    source = config.get("encoder", {}).get("weights", None)
    if not source:
        return
    workdir = Workdir(source)
    if not workdir.splits.exists():
        raise UserError(
            f"--config.model.encoder.weights={source} is not a run of train.py yet: train the "
            f"encoder first, python train.py --config=configs/matching.py --workdir={source}, or "
            "name the run of another."
        )
    if workdir.read_splits() != task.class_hashes:
        raise UserError(
            f"--config.model.encoder.weights={source} was trained on other classes than those of "
            "this config: it may know the test classes. Train both with the same --config.task."
        )
    try:
        trained, _ = checkpoints.load_best_as_saved(workdir)
        encoder = encoder_of(model)
        encoder.set_weights(encoder_of(trained).get_weights())
    except ValueError as error:
        raise UserError(
            f"--config.model.encoder.weights={source} is not an encoder of this config's sizes "
            f"({error}): give both the same --config.model.encoder and image size."
        ) from error


def encoder_of(model):
    """Returns the encoder of a few-shot model; raises ValueError if it has none."""
    if hasattr(model, "encoder"):
        return model.encoder
    if hasattr(model, "network"):
        return model.network.layers[0]
    for layer in model.layers:
        if isinstance(layer, EncodeImages):
            return layer.encoder.get_layer("encoder")
    raise ValueError(f"the model {model.name!r} has no encoder")
