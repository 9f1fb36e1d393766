"""What a run prints at its start and end, and the files it leaves for other programs."""

import json

import keras
import numpy as np

from mann.experiment import evaluation, pictures
from mann.experiment.published import SANTORO_2016
from mann.experiment.workdir import write_json
from mann.layers.memory_layer import MemoryLayer


def print_start(config, model, task, step):
    """Prints the resolved config, the model's size, the classes, and where it all runs."""
    print(json.dumps(config.to_dict(), indent=2))
    print(f"Model: {config.model.name}, {model.count_params():,} parameters")
    samplers = {"train": task.train, "validation": task.validation, "test": task.test}
    for name, sampler in samplers.items():
        print(
            f"Classes: {sampler.dataset.num_classes} for {name}, "
            f"SHA-256 of their names {task.class_hashes[name][:16]}"
        )
    devices = ", ".join(keras.distribution.list_devices())
    print(f"Backend: {keras.backend.backend()} on {devices}")
    if step:
        print(f"Resuming after step {step:,} of {config.train.steps:,}")
    print("The first step compiles the model, which takes some seconds.", flush=True)


def report(accuracy, model, path, task, config, workdir, seed):
    """Prints the table, writes evaluation.json and draws the pictures of a measured model.

    Args:
        accuracy: `InstanceAccuracy` on the test classes.
        model: the measured model.
        path: the file it came from.
        task: the `Task` it was measured on.
        config: the config of the run.
        workdir: the `Workdir` of the run.
        seed: of the test episodes.
    """
    step = int(model.optimizer.iterations)
    print(
        f"Accuracy on {task.test.dataset.num_classes} classes never seen in training, "
        f"{accuracy.num_episodes} episodes of {task.test.ways} classes, +- 95 % interval:"
    )
    print(table(accuracy, published=_published(config.task)))
    write_json(
        workdir.evaluation,
        {
            "accuracy": accuracy.mean.tolist(),
            "interval_95": accuracy.interval.tolist(),
            "instances": list(range(1, len(accuracy.mean) + 1)),
            "episodes": accuracy.num_episodes,
            "seed": seed,
            "step": step,
            "model": config.model.name,
            "ways": task.test.ways,
            "test_classes_sha256": task.class_hashes["test"],
            "backend": keras.backend.backend(),
        },
    )
    _draw(accuracy, model, task, config, workdir)
    print(f"Model measured, of step {step:,}: {path}")
    print(f"Checkpoints: {workdir.checkpoints}")
    print(f"Metrics:     {workdir.metrics}, {workdir.evaluation}", end="")
    if workdir.tensorboard.exists():
        print(f", tensorboard --logdir={workdir.tensorboard}", end="")
    print(f"\nPictures:    {workdir.pictures}")


def _draw(accuracy, model, task, config, workdir):
    name, folder = config.model.name, workdir.pictures
    pictures.save(
        pictures.accuracy_by_instance(
            accuracy,
            task.test.ways,
            f"{name} on {config.task.name}, unseen classes",
            _published(config.task),
        ),
        folder / "accuracy_by_instance.png",
    )
    pictures.save(
        pictures.learning_curves(workdir.read_metrics(), name), folder / "learning_curves.png"
    )
    dataset = task.train.dataset
    pictures.save(
        pictures.drawings(dataset, f"{config.task.name}: a training class a line"),
        folder / "drawings.png",
    )
    batch = task.test.batch(0, 1)
    sequence, targets = batch.inputs[0], batch.targets[0]
    images = sequence[:, : -task.test.ways].reshape(-1, *dataset.image_shape)
    predictions = np.argmax(model.predict_on_batch(batch.inputs)[0], axis=-1)
    pictures.save(
        pictures.episode(images, targets, predictions, batch.instances[0]), folder / "episode.png"
    )
    for layer in model.layers:
        if isinstance(layer, MemoryLayer):
            trace = {name: values[0] for name, values in layer.trace(batch.inputs).items()}
            pictures.save(pictures.memory(trace, targets), folder / "memory.png")


def _published(task):
    comparable = task.name == "omniglot" and task.ways == 5 and task.instances == 10
    return SANTORO_2016 if comparable else {}


def table(accuracy, published=()):
    """Returns the accuracy by instance as text, published rows below it.

    Args:
        accuracy: `InstanceAccuracy`.
        published: dict from a row's name to percents at `evaluation.REPORTED_INSTANCES`.
    """
    header = "instance".ljust(16) + "".join(f"{ordinal(k):>13}" for k in accuracy.reported)
    cells = [
        f"{100 * mean:.1f} +- {100 * interval:.1f}"
        for mean, interval in map(accuracy.at, accuracy.reported)
    ]
    lines = [header, "this model".ljust(16) + "".join(f"{cell:>13}" for cell in cells)]
    for name, row in dict(published).items():
        values = dict(zip(evaluation.REPORTED_INSTANCES, row, strict=True))
        lines.append(name.ljust(16) + "".join(f"{values[k]:>13.1f}" for k in accuracy.reported))
    return "\n".join(lines)


def ordinal(k):
    """Returns 1st, 2nd, 3rd, 4th..."""
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 not in (11, 12, 13) else 0, "th")
    return f"{k}{suffix}"
