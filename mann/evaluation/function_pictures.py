"""A picture of functions, and of what a model predicts of them."""

import numpy as np

from episodes.regression import FunctionBatch, FunctionSampler
from mann.evaluation.pictures import axes_of
from mann.models.gaussian import mean_and_variance
from mann.models.stateful import StatefulModel

_GRID = np.linspace(-1, 1, 101)


def functions(model, sampler, num_functions=4):
    """Returns a figure of test functions, what the model makes of them, and the true process.

    Each curve is what is predicted after the last point, wherever the next one may be.
    """
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
