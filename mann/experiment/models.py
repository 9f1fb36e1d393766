"""Builds a model from a config: the memory network and its baselines, all (batch, time, ...)."""

import keras

import mann
from mann.experiment.errors import UserError, missing_field


def _lrua(config):
    return mann.LRUA(
        config.units,
        memory_size=config.memory_size,
        word_size=config.word_size,
        num_read_heads=config.num_read_heads,
        controller=config.controller,
        variant=config.variant,
        return_sequences=True,
        name="memory",
    )


def _lstm(config):
    # cuDNN's kernel would take the whole model out of the compiled step.
    return keras.layers.LSTM(config.units, return_sequences=True, use_cudnn=False, name="lstm")


def _feedforward(config):
    return keras.layers.Dense(config.units, activation="relu", name="hidden")


MODEL_BUILDERS = {"lrua": _lrua, "lstm": _lstm, "feedforward": _feedforward}


def build_model(config, num_features, num_outputs):
    """Returns a model from `(batch, time, num_features)` to `(batch, time, num_outputs)` logits.

    Args:
        config: the `model` part of an experiment's config.
        num_features: features of a time step.
        num_outputs: logits of a time step.

    Raises:
        UserError: if the config names no known model, or a size that the model refuses.
    """
    if config.name not in MODEL_BUILDERS:
        raise UserError(
            f"Unknown model {config.name!r}: set --config.model.name to one of "
            f"{', '.join(MODEL_BUILDERS)}."
        )
    inputs = keras.Input((None, num_features), name="sequence")
    try:
        features = MODEL_BUILDERS[config.name](config)(inputs)
    except ValueError as error:
        raise UserError(f"--config.model: {error}") from error
    except AttributeError as error:
        raise missing_field("config.model", error) from error
    outputs = keras.layers.Dense(num_outputs, name="logits")(features)
    return keras.Model(inputs, outputs, name=config.name)


def compile_model(model, config):
    """Compiles `model` for classification at every step, as the `train` part of a config says."""
    learning_rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate,
        decay_steps=config.steps,
        alpha=config.final_learning_rate / config.learning_rate,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, global_clipnorm=config.clip_norm),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # Keras leaves XLA off on a machine without a GPU; it is faster there too.
        jit_compile=True,
    )
