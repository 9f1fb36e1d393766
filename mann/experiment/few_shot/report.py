"""The table, the files and the pictures of a model measured on few-shot episodes."""

import numpy as np

from mann.experiment import pictures
from mann.experiment.few_shot import accuracy as accuracy_of_instances
from mann.experiment.few_shot import pictures as few_shot_pictures
from mann.experiment.few_shot.published import SANTORO_2016
from mann.experiment.memory_pictures import memory, memory_layers


def report(accuracy, model, task, workdir, config, draw):
    """Prints the table of a measured model, draws it, and returns what to write of it.

    Args:
        accuracy: `InstanceAccuracy` on the test classes.
        model: the measured model.
        task: the `FewShotTask` it was measured on.
        workdir: the `Workdir` of the run.
        config: the config of the run.
        draw: whether to draw pictures.
    """
    print(
        f"Accuracy on {task.test.dataset.num_classes} classes never seen in training, "
        f"{accuracy.num_episodes} episodes of {task.test.ways} classes, +- 95 % interval:"
    )
    print(table(accuracy, published=_published(config.task)))
    if draw:
        _draw(accuracy, model, task, config, workdir.pictures)
    return {
        "accuracy": accuracy.mean.tolist(),
        "interval_95": accuracy.interval.tolist(),
        "instances": list(range(1, len(accuracy.mean) + 1)),
        "episodes": accuracy.num_episodes,
        "ways": task.test.ways,
        "test_classes_sha256": task.class_hashes["test"],
    }


def _draw(accuracy, model, task, config, folder):
    title = f"{config.model.name} on {config.task.name}, unseen classes"
    figure = few_shot_pictures.accuracy_by_instance(
        accuracy, task.test.ways, title, _published(config.task)
    )
    pictures.save(figure, folder / "accuracy_by_instance.png")
    dataset = task.train.dataset
    figure = few_shot_pictures.drawings(dataset, f"{config.task.name}: a training class a line")
    pictures.save(figure, folder / "drawings.png")
    batch = task.test.batch(0, 1)
    sequence, targets = batch.inputs[0], batch.targets[0]
    images = sequence[:, : -task.test.ways].reshape(-1, *dataset.image_shape)
    predictions = np.argmax(model.predict_on_batch(batch.inputs)[0], axis=-1)
    figure = few_shot_pictures.episode(images, targets, predictions, batch.instances[0])
    pictures.save(figure, folder / "episode.png")
    for layer in memory_layers(model):
        trace = {name: values[0] for name, values in layer.trace(batch.inputs).items()}
        figure = memory(trace, targets, "time, each step marked with the label of its image")
        pictures.save(figure, folder / "memory.png")


def _published(task):
    comparable = task.name == "omniglot" and task.ways == 5 and task.instances == 10
    return SANTORO_2016 if comparable else {}


def table(accuracy, published=()):
    """Returns the accuracy by instance as text, published rows below it.

    Args:
        accuracy: `InstanceAccuracy`.
        published: dict from a row's name to percents at `accuracy_of_instances.REPORTED_INSTANCES`.
    """
    header = "instance".ljust(16) + "".join(f"{ordinal(k):>13}" for k in accuracy.reported)
    cells = [
        f"{100 * mean:.1f} +- {100 * interval:.1f}"
        for mean, interval in map(accuracy.at, accuracy.reported)
    ]
    lines = [header, "this model".ljust(16) + "".join(f"{cell:>13}" for cell in cells)]
    for name, row in dict(published).items():
        values = dict(zip(accuracy_of_instances.REPORTED_INSTANCES, row, strict=True))
        lines.append(name.ljust(16) + "".join(f"{values[k]:>13.1f}" for k in accuracy.reported))
    return "\n".join(lines)


def ordinal(k):
    """Returns 1st, 2nd, 3rd, 4th..."""
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 not in (11, 12, 13) else 0, "th")
    return f"{k}{suffix}"
