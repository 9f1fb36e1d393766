"""The table, the files and the pictures of a model measured on functions."""

import numpy as np

from episodes.regression import FunctionBatch, FunctionSampler
from mann.evaluation import pictures
from mann.evaluation.intervals import mean_and_interval
from mann.evaluation.pictures import axes_of
from mann.models.stateful import StatefulModel
from mann.tasks.base import TEST

_GRID = np.linspace(-1, 1, 101)


def report(result, model, task, workdir, config, draw):
    """Prints the table of a measured model, draws it, and returns what to write of it.

    Args:
        result: `FunctionResult`.
        model: the measured model.
        task: the `FunctionTask` it was measured on.
        workdir: the `Workdir` of the run.
        config: the config of the run.
        draw: whether to draw pictures.
    """
    print(
        f"Negative log-likelihood (nats) of {len(result.model)} functions, by how many points came "
        "before, +- 95 % interval:"
    )
    print(table(result))
    excess, interval = result.mean_excess()
    print(f"Above the optimum: {excess:.3f} +- {interval:.3f} nats a value")
    if draw:
        figure = likelihoods(result, f"{config.model.name} on functions of a Gaussian process")
        pictures.save(figure, workdir.pictures / "likelihoods.png")
        if task.samplers[TEST].dimensions == 1:
            pictures.save(functions(model, task), workdir.pictures / "functions.png")
    return {
        "protocol": ["negative log-likelihood by how many points came before"],
        "functions": len(result.model),
        "nats_by_point": result.model.mean(axis=0).tolist(),
        "optimal_nats_by_point": result.optimum.mean(axis=0).tolist(),
        "mean_squared_error_by_point": result.squared_errors.mean(axis=0).tolist(),
        "nats_above_optimum": excess,
        "interval_95": interval,
    }


def table(result):
    """Returns the negative log-likelihood of model and optimum by point as text."""
    num_points = result.model.shape[1]
    shown = sorted({before for before in (0, 1, 2, 4, 9, 14) if before < num_points - 1})
    shown.append(num_points - 1)
    lines = ["points before".ljust(24) + "".join(f"{before:>16}" for before in shown)]
    for name, values in (("this model", result.model), ("the Gaussian process", result.optimum)):
        mean, interval = mean_and_interval(values)
        cells = (f"{mean[k]:.3f} +- {interval[k]:.3f}" for k in shown)
        lines.append(name.ljust(24) + "".join(f"{cell:>16}" for cell in cells))
    return "\n".join(lines)


def likelihoods(result, title):
    """Returns a figure of the negative log-likelihood against the points that came before."""
    figure, axes = axes_of(7, 4.5)
    for name, values in (("this model", result.model), ("the true process", result.optimum)):
        mean, interval = mean_and_interval(values)
        axes.errorbar(np.arange(len(mean)), mean, interval, marker=".", capsize=2, label=name)
    axes.set(title=title, xlabel="points seen before", ylabel="negative log-likelihood (nats)")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def functions(model, task, num_functions=4):
    """Returns a figure of test functions, what the model makes of them, and the true process.

    Each curve is what is predicted after the last point, wherever the next one may be.
    """
    sampler = task.samplers[TEST]
    batch = sampler.batch(0, num_functions)
    figure, grid = axes_of(11, 6, nrows=2, ncols=2, squeeze=False)
    for index, axes in enumerate(grid.flat):
        sequence = batch.inputs[index], batch.targets[index]
        for name, (mean, variance), color in (
            ("this model", _of_model(model, *sequence), "tab:blue"),
            ("the true process", _of_process(sampler, *sequence), "tab:orange"),
        ):
            spread = 2 * np.sqrt(variance)
            axes.plot(_GRID, mean, color=color, label=name)
            axes.fill_between(_GRID, mean - spread, mean + spread, color=color, alpha=0.2)
        axes.plot(sequence[0][:, 0], sequence[1], "k.", label="points seen")
        axes.set(xlabel="x", ylabel="f(x)")
        axes.grid(alpha=0.3)
    grid[0, 0].legend(fontsize=8)
    figure.suptitle("Mean and two standard deviations of the next value, after the last point")
    return figure


def _asked(inputs, targets):
    """Returns the inputs that ask for each point of the grid after a function, `(grid, 1, 3)`."""
    asked = np.empty((len(_GRID), 1, inputs.shape[1]), np.float32)
    asked[:, 0, 0], asked[:, 0, 1], asked[:, 0, 2] = _GRID, targets[-1], 1
    return asked


def _of_model(model, inputs, targets):
    from mann.tasks.functions import mean_and_variance

    stateful = StatefulModel(model)
    _, states = stateful.run(inputs[None])
    states = [state.repeat(len(_GRID), axis=0) for state in states]
    outputs, _ = stateful.run(_asked(inputs, targets), states)
    return mean_and_variance(outputs[:, 0])


def _of_process(sampler, inputs, targets):
    longer = FunctionSampler(1, len(inputs) + 1, sampler.length_scale, sampler.noise)
    points = np.broadcast_to(inputs, (len(_GRID), *inputs.shape))
    # The last value is what is asked for: any will do, as the prediction does not depend on it.
    values = np.pad(np.broadcast_to(targets, points.shape[:2]), ((0, 0), (0, 1)))
    batch = FunctionBatch(np.concatenate([points, _asked(inputs, targets)], axis=1), values)
    return tuple(part[:, -1] for part in longer.optimum(batch))
