"""The tables, the files and the pictures of a model measured on few-shot episodes."""

from typing import NamedTuple

import numpy as np

from mann.evaluation import few_shot_pictures, pictures
from mann.evaluation import few_shot_published as published
from mann.evaluation.accuracy import REPORTED_INSTANCES
from mann.evaluation.memory_pictures import inputs_of, memory, memory_layers
from mann.models.predictors import images_of


class FewShotResult(NamedTuple):
    """What was measured, by protocol; a protocol that was not asked for has nothing.

    Attributes:
        instance: list of `InstanceAccuracy`, one for each number of ways.
        nway: list of `EpisodeAccuracy`, one for each number of ways and shots.
        lake_runs: list of one `RunsAccuracy`.
    """

    instance: list
    nway: list
    lake_runs: list


def report(result, model, task, workdir, config, draw):
    """Prints the tables of a measured model, draws it, and returns what to write of it.

    Args:
        result: `FewShotResult` on the test classes.
        model: the measured model.
        task: the `FewShotTask` it was measured on.
        workdir: the `Workdir` of the run.
        config: the config of the run.
        draw: whether to draw pictures.
    """
    classes = f"{task.splits.test.num_classes} classes never seen in training, 95 % intervals:"
    for accuracy in result.instance:
        print(
            f"Accuracy (%) by instance, {accuracy.num_episodes} episodes of {accuracy.ways} ways, "
            + classes
        )
        print(instance_table(accuracy, published_instances(config.task, accuracy)))
    if result.nway:
        print(
            f"Accuracy (%), N-way K-shot, {result.nway[0].num_episodes} episodes, "
            f"{result.nway[0].queries} queries a class, " + classes
        )
        print(nway_table(result.nway, published.NWAY if _is_omniglot(config.task) else {}))
    for accuracy in result.lake_runs:
        reason = why_no_result(accuracy, model, config.task)
        print(runs_table(accuracy, {} if reason else published.LAKE_RUNS))
        if reason:
            print(f"Not shown beside published numbers: {reason}")
    if draw:
        _draw(result, model, task, config, workdir.pictures)
    return {
        "protocol": [name for name, measured in result._asdict().items() if measured],
        "instance": [
            {
                "ways": accuracy.ways,
                "instances": list(range(1, len(accuracy.mean) + 1)),
                "accuracy": accuracy.mean.tolist(),
                "interval_95": accuracy.interval.tolist(),
                "episodes": accuracy.num_episodes,
            }
            for accuracy in result.instance
        ],
        "nway": [accuracy._asdict() for accuracy in result.nway],
        "lake_runs": [accuracy._asdict() for accuracy in result.lake_runs],
        "test_classes_sha256": task.class_hashes["test"],
    }


def _draw(result, model, task, config, folder):
    title = f"{config.model.name} on {config.task.name}, unseen classes"
    for accuracy in result.instance:
        rows = published_instances(config.task, accuracy)
        chance = 100 / accuracy.ways if config.task.labels == "one_hot" else None
        figure = few_shot_pictures.accuracy_by_instance(accuracy, title, rows, chance)
        suffix = "" if accuracy is result.instance[0] else f"_{accuracy.ways}way"
        pictures.save(figure, folder / f"accuracy_by_instance{suffix}.png")
    if result.nway:
        rows = published.NWAY if _is_omniglot(config.task) else {}
        pictures.save(few_shot_pictures.nway(result.nway, title, rows), folder / "nway.png")
    dataset = task.splits.train
    figure = few_shot_pictures.drawings(dataset, f"{config.task.name}: a training class a line")
    pictures.save(figure, folder / "drawings.png")
    if task.num_features is not None:
        _draw_episode(model, task, folder)


def _draw_episode(model, task, folder):
    learner = task.learner(model)
    batch = task.test_sequences(task.instance_ways(learner)).batch(0, 1)
    images = images_of(batch, task.image_shape)[0]
    answers = learner.predictions(batch, task.image_shape, None)[0]
    targets = batch.targets[0]
    if targets.ndim == 2:
        answers, targets = _words(answers), _words(targets)
    figure = few_shot_pictures.episode(images, targets, answers, batch.instances[0])
    pictures.save(figure, folder / "episode.png")
    for layer in memory_layers(model):
        inputs = inputs_of(layer, model, batch.inputs)
        trace = {name: values[0] for name, values in layer.trace(inputs).items()}
        figure = memory(trace, targets, "time, each step marked with the label of its image")
        pictures.save(figure, folder / "memory.png")


def _words(symbols):
    return np.array(["".join("abcde"[letter] for letter in word) for word in symbols])


def _is_omniglot(task):
    return task.name == "omniglot"


def published_instances(task, accuracy):
    """Returns the published rows that an accuracy by instance may stand beside."""
    key = (task.get("labels", "one_hot"), accuracy.ways)
    comparable = _is_omniglot(task) and len(accuracy.mean) == 10
    return published.SANTORO_2016.get(key, {}) if comparable else {}


def instance_table(accuracy, published=()):
    """Returns the accuracy by instance as text, published rows below it.

    Args:
        accuracy: `InstanceAccuracy`.
        published: dict from a row's name to percents at `REPORTED_INSTANCES`.
    """
    rows = {
        name: [
            f"{dict(zip(REPORTED_INSTANCES, row, strict=True))[k]:.1f}" for k in accuracy.reported
        ]
        for name, row in dict(published).items()
    }
    ours = [_cell(*accuracy.at(k)) for k in accuracy.reported]
    return _table("instance", map(ordinal, accuracy.reported), {"this model": ours} | rows)


def nway_table(measured, published=()):
    """Returns N-way K-shot accuracies as text, published rows below them.

    Args:
        measured: list of `EpisodeAccuracy`.
        published: dict from a row's name to a dict from `(ways, shots)` to percents.
    """
    keys = [(accuracy.ways, accuracy.shots) for accuracy in measured]
    ours = [_cell(accuracy.mean, accuracy.interval) for accuracy in measured]
    rows = {
        name: [f"{row[key]:g}" if key in row else "-" for key in keys]
        for name, row in dict(published).items()
        if any(key in row for key in keys)
    }
    header = (f"{ways}-way {shots}-shot" for ways, shots in keys)
    return _table("N-way K-shot", header, {"this model": ours} | rows)


def why_no_result(accuracy, model, task):
    """Returns why an accuracy on Lake's runs is no result, `None` if it is one.

    Args:
        accuracy: `RunsAccuracy`.
        model: the measured model.
        task: the `task` part of the config that it was trained with.
    """
    mend = "train one with --config.task.split=lake."
    if accuracy.known_drawings:
        return (
            f"{_percent(accuracy.known_drawings)} of the runs' drawings are training drawings of "
            f"this model; {mend}"
        )
    # Copies of the drawings that were edited are not known by their pixels.
    if model.weights and task.get("split", "lake") != "lake":
        return (
            "only the background set may be learned from before Lake's runs, and this model "
            f"learned from --config.task.split={task.split}; {mend}"
        )
    return None


def runs_table(accuracy, published=()):
    """Returns the accuracy on Lake's runs as text, published rows below it.

    Args:
        accuracy: `RunsAccuracy`.
        published: dict from a row's name to percents.
    """
    rows = {name: [f"{percent:g}"] for name, percent in dict(published).items()}
    known = f", {_percent(accuracy.known_drawings)} known drawings"
    ours = f"this model{known if accuracy.known_drawings else ''}"
    return _table(
        f"{accuracy.num_episodes} runs of Lake's, {accuracy.ways}-way within one alphabet",
        ["accuracy (%)"],
        {ours: [_cell(accuracy.mean, accuracy.interval)]} | rows,
    )


def _percent(share):
    # One drawing of many is not none.
    return f"{max(1, round(100 * share))} %"


def _cell(mean, interval):
    return f"{100 * mean:.1f} +- {100 * interval:.1f}"


def _table(corner, header, rows):
    lines = [[corner, *header], *([name, *cells] for name, cells in rows.items())]
    first = max(len(line[0]) for line in lines) + 1
    return "\n".join(
        line[0].ljust(first) + "".join(f"{cell:>15}" for cell in line[1:]) for line in lines
    )


def ordinal(k):
    """Returns 1st, 2nd, 3rd, 4th..."""
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(k % 10 if k % 100 not in (11, 12, 13) else 0, "th")
    return f"{k}{suffix}"
