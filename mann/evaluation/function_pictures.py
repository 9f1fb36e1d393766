"""A picture of functions, and of a model's predictions of them."""

import numpy as np

from episodes.regression import FunctionBatch, FunctionSampler
from mann.evaluation.pictures import make_axes
from mann.models.gaussian import split_mean_and_variance
from mann.models.stateful import StatefulModel

_GRID = np.linspace(-1, 1, 101)


def draw_functions(model, sampler, num_functions=4):
    """Returns a figure of test functions, the model's predictions, and those of the true process.

    Each curve is the prediction after the last point, for any place of the next one.
    """
    batch = sampler.batch(0, num_functions)
    figure, grid = make_axes(11, 6, nrows=2, ncols=2, squeeze=False)
    for index, axes in enumerate(grid.flat):
        sequence = batch.inputs[index], batch.targets[index]
        for name, (mean, variance), color in (
            ("this model", _predict_by_model(model, *sequence), "tab:blue"),
            ("the true process", _predict_by_process(sampler, *sequence), "tab:orange"),
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


def _make_queries(inputs, targets):
    """Returns the inputs that query each point of the grid after a function, `(grid, 1, 3)`."""
    queries = np.empty((len(_GRID), 1, inputs.shape[1]), np.float32)
    queries[:, 0, 0], queries[:, 0, 1], queries[:, 0, 2] = _GRID, targets[-1], 1
    return queries


def _predict_by_model(model, inputs, targets):
    stateful = StatefulModel(model)
    _, states = stateful.run(inputs[None])
    states = [state.repeat(len(_GRID), axis=0) for state in states]
    outputs, _ = stateful.run(_make_queries(inputs, targets), states)
    return split_mean_and_variance(outputs[:, 0])


def _predict_by_process(sampler, inputs, targets):
    longer = FunctionSampler(1, len(inputs) + 1, sampler.length_scale, sampler.noise)
    points = np.broadcast_to(inputs, (len(_GRID), *inputs.shape))
    # The last value is the one to predict: the prediction does not depend on it, so 0 will do.
    values = np.pad(np.broadcast_to(targets, points.shape[:2]), ((0, 0), (0, 1)))
    batch = FunctionBatch(np.concatenate([points, _make_queries(inputs, targets)], axis=1), values)
    return tuple(part[:, -1] for part in longer.optimum(batch))
