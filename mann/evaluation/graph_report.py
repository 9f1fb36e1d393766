"""The tables, the files and the pictures of a model measured on graphs."""

import numpy as np

from mann.evaluation import graph_pictures, pictures
from mann.evaluation.graph_published import RESULTS
from mann.evaluation.intervals import mean_and_interval


def report(results, model, task, workdir, config, draw):
    """Prints the accuracy of a measured model, draws it, and returns what to write of it.

    Args:
        results: list of `GraphAccuracy`, one for each axis.
        model: the measured model.
        task: the `GraphExperiment` it was measured on.
        workdir: the `Workdir` of the run.
        config: the config of the run.
        draw: whether to draw pictures.
    """
    for result in results:
        count = len(next(iter(result.right.values())))
        lowest, highest = result.trained
        print(
            f"{config.task.name}: whole answers right (%) by {result.number} (trained on {lowest} "
            f"to {highest}), {count} graphs at each, +- 95 % interval, its own answers fed back:"
        )
        print(table(result))
        if draw:
            figure = graph_pictures.accuracy(result, f"{config.model.name} on {config.task.name}")
            pictures.save(figure, workdir.pictures / f"accuracy_by_{result.axis}.png")
    print("Published, on larger graphs (Graves et al. 2016):")
    for percent, what in RESULTS[config.task.name]:
        print(f"  {percent:5.1f}  {what}")
    if draw:
        puzzle = task.example()
        (answer,) = task.answers(model, [puzzle], 1, task.task.steps_of(puzzle))
        figure = graph_pictures.graph(
            *map(task.names, (puzzle.triples, puzzle.answer, answer[: len(puzzle.answer)]))
        )
        pictures.save(figure, workdir.pictures / "graph.png")
    return {
        "protocol": [
            f"whole answers right by {result.number}, its own answers fed back"
            for result in results
        ],
        "right": {
            result.axis: {
                str(level): [float(number) for number in mean_and_interval(right)]
                for level, right in result.right.items()
            }
            for result in results
        },
        "graphs": count,
    }


def table(result):
    """Returns the accuracy at each level as text.

    Args:
        result: `GraphAccuracy`.

    Example:

    >>> from mann.tasks.graphs import GraphAccuracy
    >>> right = np.array([True, True, False, True])
    >>> print(table(GraphAccuracy("size", "nodes", (4, 8), {4: right})))
    nodes                 4
    right      75.0 +- 49.0
    """
    cells = {}
    for level, right in result.right.items():
        mean, interval = mean_and_interval(100.0 * np.asarray(right))
        cells[level] = f"{mean:.1f} +- {interval:.1f}"
    lines = (result.number, map(str, cells)), ("right", cells.values())
    return "\n".join(
        (name.ljust(8) + "".join(f"{cell:>15}" for cell in row)).rstrip() for name, row in lines
    )
