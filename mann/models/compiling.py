"""Compiles models: chooses the optimizer, its learning rate, and whether XLA is used."""

import keras

from mann.layers.memory_layer import MemoryLayer
from mann.layers.sam import SAM
from mann.models.few_shot import EPISODIC_BUILDERS


def choose_jit_compile():
    """Returns the argument `jit_compile` for compiling a model with a loop over time.

    Keras leaves XLA off for TensorFlow on a machine without a GPU; a loop over time is faster with
    it there too. PyTorch, which has no XLA, goes step by step: its compiler would unroll the loop.
    """
    return keras.backend.backend() != "torch"


def compile_model(model, config, task):
    """Compiles `model` for `task`, with the settings of the `train` part of a config."""
    episodic = model.name in EPISODIC_BUILDERS
    model.compile(
        optimizer=keras.optimizers.Adam(
            make_learning_rate_schedule(config),
            amsgrad=config.amsgrad,
            global_clipnorm=config.clip_norm,
        ),
        loss=task.loss(),
        # Weighted, so that steps of padding do not count.
        weighted_metrics=task.metrics(),
        # Convolutions and their gradients alone are no faster with XLA on a machine without a GPU.
        jit_compile="auto" if episodic else choose_jit_compile(),
    )
    # TensorFlow traces a step twice if the first time makes variables.
    model.optimizer.build(model.trainable_variables)
    use_kernels(model)


def use_kernels(model):
    """Takes a model out of XLA where XLA would prevent a kernel.

    XLA on TensorFlow cannot call the compiled loops of `mann/kernels`. Evaluation and prediction
    keep XLA, and memories run Keras's loop there, but for SAM: its equations pass over every slot
    in a step, its kernel over those in use. The model is not to be exported then.
    """
    memories = [layer for layer in model._flatten_layers() if isinstance(layer, MemoryLayer)]
    for memory in memories:
        memory.infers_as_kernel = isinstance(memory, SAM)
    if keras.backend.backend() != "tensorflow" or not model.jit_compile:
        return
    if any(memory.runs_as_kernel() for memory in memories):
        if not all(memory.infers_as_kernel for memory in memories):
            # These two functions keep the XLA setting that they are made with.
            model.make_test_function()
            model.make_predict_function()
        model.jit_compile = False


def make_learning_rate_schedule(config):
    """Returns the learning rate of each step: down along a cosine from the first to the last.

    Args:
        config: the `train` part of an experiment's config.
    """
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate,
        decay_steps=max(1, config.steps),
        alpha=config.final_learning_rate / config.learning_rate,
    )
