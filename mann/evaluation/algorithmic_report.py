"""The table, the files and the pictures of a model measured on an algorithmic task."""

import numpy as np

from mann.evaluation import algorithmic_pictures, pictures
from mann.evaluation.intervals import mean_and_interval
from mann.evaluation.memory_pictures import memory, memory_layers


def report(results, model, task, workdir, config, draw):
    """Prints the tables of a measured model, draws it, and returns what to write of it.

    Args:
        results: list of `ErrorsByLevel`, one for each axis.
        model: the measured model.
        task: the `AlgorithmicExperiment` it was measured on.
        workdir: the `Workdir` of the run.
        config: the config of the run.
        draw: whether to draw pictures.
    """
    for result in results:
        lowest, highest = task.task.axes[result.axis]
        count = len(next(iter(result.errors.values())).bits)
        print(
            f"{config.task.name} by {result.axis} (trained on {lowest} to {highest}), {count} "
            "sequences at each, +- 95 % interval:"
        )
        print(table(result))
        if draw:
            figure = algorithmic_pictures.errors_by_level(
                result, (lowest, highest), f"{config.model.name} on {config.task.name}"
            )
            pictures.save(figure, workdir.pictures / f"errors_by_{result.axis}.png")
    if draw:
        _draw_example(results[0], model, task, workdir.pictures)
    return {
        "protocol": [f"wrong bits and cross-entropy by {result.axis}" for result in results],
        "errors": {
            result.axis: {
                str(level): {
                    "bit_errors_per_sequence": _as_floats(errors.bit_errors),
                    "bits_per_sequence": _as_floats(errors.bits),
                    "optimal_bits_per_sequence": _as_floats(errors.optimal_bits),
                    "bits_asked_for": float(errors.num_bits.mean()),
                }
                for level, errors in result.errors.items()
            }
            for result in results
        },
        "sequences": count,
    }


def _as_floats(values):
    return [float(number) for number in mean_and_interval(values)]


def table(result):
    """Returns the errors at each level as text.

    Args:
        result: `ErrorsByLevel`.
    """

    def line(name, cells):
        return name.ljust(20) + "".join(f"{cell:>18}" for cell in cells)

    def with_interval(values):
        mean, interval = mean_and_interval(values)
        return f"{mean:.2f} +- {interval:.2f}"

    errors = result.errors.values()
    lines = [
        line(result.axis, result.errors),
        line("wrong bits", [with_interval(e.bit_errors) for e in errors]),
        line("cross-entropy, bits", [with_interval(e.bits) for e in errors]),
    ]
    if any(e.optimal_bits.any() for e in errors):
        lines.append(line("  of the optimum", [with_interval(e.optimal_bits) for e in errors]))
    lines.append(line("bits asked for", [f"{e.num_bits.mean():.0f}" for e in errors]))
    return "\n".join(lines)


def _draw_example(result, model, task, folder):
    level = max(result.errors)
    batch = task.example(result.axis, level)
    probabilities = 1 / (1 + np.exp(-np.asarray(model.predict_on_batch(batch.inputs))))
    figure = algorithmic_pictures.sequence(
        *(array[0] for array in batch), probabilities[0], f"{result.axis} {level}"
    )
    pictures.save(figure, folder / "sequence.png")
    for layer in memory_layers(model):
        trace = {name: values[0] for name, values in layer.trace(batch.inputs).items()}
        pictures.save(memory(trace, None, "time"), folder / "memory.png")
