"""Prints the start and the end of a run, and writes its results for other programs."""

import collections
import json
import math
import pathlib

import keras
import numpy as np

from episodes.wording import count
from mann.evaluation import pictures
from mann.evaluation.measurement import format_table
from mann.models.compiling import choose_jit_compile
from mann.runs.files import write_json


def print_start(config, model, task, step, devices):
    """Prints the resolved config, the size of the model, the data, and a line on the devices."""
    print(json.dumps(config.to_dict(), indent=2))
    parameters = sum(math.prod(weight.shape) for weight in model.trainable_variables)
    print(f"Model: {config.model.name}, {count(parameters, 'parameter')}")
    for line in task.describe():
        print(line)
    print(f"Backend: {devices}")
    if step:
        print(f"Resuming after step {step:,} of {config.train.steps:,}")
    if choose_jit_compile():
        print("The first step compiles the model, which takes some seconds.", flush=True)


def print_measurements(measurements, remarks):
    """Prints the table of each `Measurement`, and lines of text below them."""
    for one in measurements:
        trained = ""
        if one.trained is not None:
            lowest, highest = one.trained
            trained = f" (trained on {lowest} to {highest})"
        about = f": {one.about}" if one.about else ""
        interval = ", +- 95 % interval" if len(next(iter(one.values.values()))) > 1 else ""
        print(f"{one.name.capitalize()} ({one.unit}) by {one.by}{trained}{about}{interval}")
        print(format_table(one))
    for line in remarks:
        print(line)


def write_evaluation(measurements, remarks, workdir, model, task, how):
    """Writes evaluation.json: the measurements, their model, and their settings.

    Args:
        measurements: list of `Measurement`.
        remarks: list of lines of text.
        workdir: the `Workdir` of the run.
        model: the measured model.
        task: the `Task` it was measured on.
        how: dict of the `options` of `task.evaluate`, the `seed` of the test examples and the
            `step` of training, `None` if that is not known.
    """
    options = {name: _make_plain(name, value) for name, value in how["options"].items()}
    evaluation = {
        "measurements": [one.to_json() for one in measurements],
        "remarks": remarks,
        **how,
        "options": options,
        "memory_size": _get_of_memory(model, "memory_size"),
        "addressing": _get_of_memory(model, "addressing"),
        "model": model.name,
        "backend": keras.backend.backend(),
    }
    if "test" in task.class_hashes:
        evaluation["test_classes_sha256"] = task.class_hashes["test"]
    write_json(workdir.evaluation, evaluation)


def draw_pictures(measurements, model, task, config, workdir):
    """Draws each `Measurement`, the pictures of the task, and the learning curves."""
    title, names = f"{config.model.name} on {config.task.name}", collections.Counter()
    for one in measurements:
        # Measurements on different episodes may have the same name.
        name = f"{one.name} by {one.by}".lower().replace(" ", "_").replace("'", "")
        names[name] += 1
        suffix = "" if names[name] == 1 else f"_{names[name]}"
        figure = pictures.draw_measurement(one, title)
        pictures.save(figure, workdir.pictures / f"{name}{suffix}.png")
    task.draw(measurements, model, workdir.pictures)
    if metrics := workdir.read_metrics():
        figure = pictures.draw_learning_curves(metrics, config.model.name)
        pictures.save(figure, workdir.pictures / "learning_curves.png")


def print_end(workdir, path, step, drawn):
    """Prints which model was measured, of which step if known, and where the files are."""
    print(f"Model measured{'' if step is None else f', of step {step:,}'}: {path}")
    if workdir.checkpoints.exists():
        print(f"Checkpoints: {workdir.checkpoints}")
    written = [path for path in (workdir.metrics, workdir.evaluation) if path.exists()]
    print(f"Metrics:     {', '.join(map(str, written))}", end="")
    if workdir.tensorboard.exists():
        print(f", tensorboard --logdir={workdir.tensorboard}", end="")
    print()
    if drawn:
        print(f"Pictures:    {workdir.pictures}")


def _get_of_memory(model, name):
    """Returns an attribute of a model's memory, or `None` if it has no such memory."""
    layers = model._flatten_layers()
    return next((getattr(layer, name) for layer in layers if hasattr(layer, name)), None)


def _make_plain(option, value):
    # The folder of a file means nothing on other machines.
    return pathlib.Path(value).name if option == "runs_zip" else np.asarray(value).tolist()
