"""Builds a model from a config: the memory network and its baselines, all (batch, time, ...)."""

import keras

import mann
from mann.experiment.errors import UserError, missing_field

# The arguments of every memory.
SHARED_FIELDS = ("memory_size", "word_size", "num_read_heads", "controller", "forget_bias")


def _memory(layer, *fields):
    """Returns a builder of a memory layer whose arguments are these fields of a config.

    A field of `None` leaves an argument at its default.
    """

    def build(config):
        given = {field: config[field] for field in (*SHARED_FIELDS, *fields)}
        arguments = {field: value for field, value in given.items() if value is not None}
        return layer(config.units, **arguments, return_sequences=True, name="memory")

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
    "lrua": _memory(mann.LRUA, "variant"),
    "ntm": _memory(mann.NTM, "num_write_heads", "shift_range", "learn_initial_memory"),
    "dnc": _memory(mann.DNC, "num_write_heads", "links", "refinements"),
    "lstm": _lstm,
    "feedforward": _feedforward,
}


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
    except (AttributeError, KeyError) as error:
        raise missing_field("config.model", error) from error
    outputs = keras.layers.Dense(num_outputs, name="logits")(features)
    return keras.Model(inputs, outputs, name=config.name)


def compile_model(model, config, task):
    """Compiles `model` for `task`, as the `train` part of a config says."""
    learning_rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate,
        decay_steps=config.steps,
        alpha=config.final_learning_rate / config.learning_rate,
    )
    model.compile(
        optimizer=keras.optimizers.Adam(
            learning_rate, amsgrad=config.amsgrad, global_clipnorm=config.clip_norm
        ),
        loss=task.loss(),
        # Weighted, so that steps of padding do not count.
        weighted_metrics=task.metrics(),
        # Keras leaves XLA off on a machine without a GPU; it is faster there too.
        jit_compile=True,
    )
