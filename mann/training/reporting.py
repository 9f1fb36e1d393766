"""What a run prints at its start and end, and the files it leaves for other programs."""

import json
import math
import pathlib

import keras
import numpy as np

from mann.evaluation import pictures
from mann.models.compiling import jit_compile
from mann.runs.files import write_json


def print_start(config, model, task, step):
    """Prints the resolved config, the model's size, the data, and where it all runs."""
    print(json.dumps(config.to_dict(), indent=2))
    parameters = sum(math.prod(weight.shape) for weight in model.trainable_variables)
    print(f"Model: {config.model.name}, {parameters:,} parameters")
    for line in task.describe():
        print(line)
    print(f"Backend: {keras.backend.backend()} on {_devices()}")
    if step:
        print(f"Resuming after step {step:,} of {config.train.steps:,}")
    if jit_compile():
        print("The first step compiles the model, which takes some seconds.", flush=True)


def _devices():
    # Keras lists none on PyTorch.
    if keras.backend.backend() == "torch":
        return str(keras.ops.zeros(()).device)
    return ", ".join(keras.distribution.list_devices())


def report(result, model, step, path, task, config, workdir, seed, options, draw):
    """Prints the result, writes evaluation.json and draws the pictures of a measured model.

    Args:
        result: what `task.evaluate` returned.
        model: the measured model.
        step: how long it was trained, `None` if that is not known.
        path: the file it came from.
        task: the `Task` it was measured on.
        config: the config of the run.
        workdir: the `Workdir` of the run.
        seed: of the test examples.
        options: what `task.evaluate` was told to measure, or `None`.
        draw: whether to draw pictures.
    """
    values = task.report(result, model, workdir, config, draw)
    write_json(
        workdir.evaluation,
        {
            **values,
            "options": {name: _plain(name, value) for name, value in (options or {}).items()},
            "memory_size": _memory_size(model),
            "seed": seed,
            "step": step,
            "model": config.model.name,
            "backend": keras.backend.backend(),
        },
    )
    print(f"Model measured{'' if step is None else f', of step {step:,}'}: {path}")
    if workdir.checkpoints.exists():
        print(f"Checkpoints: {workdir.checkpoints}")
    written = [path for path in (workdir.metrics, workdir.evaluation) if path.exists()]
    print(f"Metrics:     {', '.join(map(str, written))}", end="")
    if workdir.tensorboard.exists():
        print(f", tensorboard --logdir={workdir.tensorboard}", end="")
    print()
    if draw:
        if metrics := workdir.read_metrics():
            figure = pictures.learning_curves(metrics, config.model.name)
            pictures.save(figure, workdir.pictures / "learning_curves.png")
        print(f"Pictures:    {workdir.pictures}")


def _memory_size(model):
    """Returns the slots of a model's memory, `None` if it has none."""
    layers = model._flatten_layers()
    return next((layer.memory_size for layer in layers if hasattr(layer, "memory_size")), None)


def _plain(option, value):
    # Where a file lay says nothing to others.
    return pathlib.Path(value).name if option == "runs_zip" else np.asarray(value).tolist()
