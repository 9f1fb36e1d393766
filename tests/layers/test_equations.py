"""Every memory against its equations in NumPy: the states of each step, and the gradients."""

import numpy as np
import pytest
from keras import ops
from memories import (
    enlarge_weights,
    every,
    every_on_tensorflow,
    every_soft_or_hard,
    gradients,
    in_double_precision,
    in_the_middle,
    list_states,
    make,
    sequences,
)
from transcriptions import empty, run

from mann.layers.step_products import Products

DTYPE, TOLERANCE, SLOPE_TOLERANCE = "float64", 1e-9, 1e-6


@pytest.fixture(autouse=True)
def double_precision():
    with in_double_precision():
        yield


def make_large(name, features=3):
    layer = make(name, dtype=DTYPE, return_sequences=True, return_state=True)
    layer.build((None, None, features))
    enlarge_weights(layer)
    return layer


def weights_of(layer):
    return {w.name: ops.convert_to_numpy(w).astype("float64") for w in layer.weights}


def assert_same(got, rows, name, time):
    want = np.stack([row[name].T if name == "memory" else row[name] for row in rows])
    np.testing.assert_allclose(got, want, atol=TOLERANCE, err_msg=f"{name} after step {time}")


def as_states(cell, rows):
    """Returns rows with the links of a DNC's heads below each other, as its state has them."""
    if "link" not in cell.state_shapes:
        return rows
    return [{**row, "link": row["link"].reshape(cell.state_shapes["link"])} for row in rows]


def steps_of(cell, states, x):
    """Yields the named states and the trace of each step of the cell."""
    state = cell.name_states(states)
    products = Products.of(*cell.copy_step_weights())
    for time in range(x.shape[1]):
        projected = cell.split_projected(cell.project(ops.convert_to_tensor(x[:, time], DTYPE)))
        state, trace = cell.step(projected, state, products)
        yield state, trace


@every_soft_or_hard
def test_every_state_and_trace_of_every_step(name):
    layer, x = make_large(name), sequences(2, 10, 3)
    cell, weights = layer.cell, weights_of(layer)
    starts = in_the_middle(cell, 2)
    states = list_states(cell, starts, DTYPE)
    expected = [list(run(cell, weights, *row)) for row in zip(x, starts, strict=True)]
    for time, (state, trace) in enumerate(steps_of(cell, states, x)):
        rows = [row[time] for row in expected]
        for entry in cell.state_shapes:
            assert_same(getattr(state, entry), as_states(cell, rows), entry, time)
        for entry, value in trace.items():
            assert_same(value, rows, entry, time)
    # The layer's loop comes to the same as its steps do.
    outputs, *states = layer(ops.convert_to_tensor(x, DTYPE), initial_state=states)
    for time in range(10):
        assert_same(outputs[:, time], [row[time] for row in expected], "output", time)
    for entry, state, shape in zip(
        cell.state_shapes, states, cell.state_shapes.values(), strict=True
    ):
        assert_same(ops.reshape(state, (2, *shape)), as_states(cell, rows), entry, "all")


@every
def test_an_empty_memory_and_the_first_step_on_it(name):
    layer, x = make_large(name), sequences(2, 1, 3)
    cell, weights = layer.cell, weights_of(layer)
    states = cell.get_initial_state(2)
    start = empty(cell, weights)
    for state, other in zip(states, list_states(cell, [start] * 2, DTYPE), strict=True):
        np.testing.assert_allclose(state, other, rtol=1e-7)
    # Here usages tie to the last bit, and the lowest slot comes first.
    (state, _), *_ = steps_of(cell, states, x)
    rows = [next(run(cell, weights, row, start)) for row in x]
    for entry in cell.state_shapes:
        assert_same(getattr(state, entry), as_states(cell, rows), entry, 0)


@every_on_tensorflow
def test_gradients_match_finite_differences(name):
    layer, x = make_large(name), sequences(2, 5, 3)
    cell, weights = layer.cell, weights_of(layer)
    starts = in_the_middle(cell, 2)
    states = list_states(cell, starts, DTYPE)
    if cell.get_config().get("learn_initial_memory"):
        states = None
    probes = sequences(2, 5, cell.output_size, seed=1).astype("float64")
    used = [None, None]
    if type(cell).__name__ == "DNCCell":
        # No gradient goes by way of what the last step's write adds to the usage. So the NumPy
        # function whose slope is taken has that write as a constant, from the weights as they are.
        used = [
            [
                start["write_weights"],
                *(after["write_weights"] for after in run(cell, weights, row, start)),
            ]
            for row, start in zip(x, starts, strict=True)
        ]

    def loss(weights):
        total = 0.0
        for row, start, probe, writes in zip(x, starts, probes, used, strict=True):
            if states is None:
                start = empty(cell, weights)
            for after, coefficients in zip(
                run(cell, weights, row, start, writes), probe, strict=True
            ):
                total += after["output"] @ coefficients
        return total

    inputs, by = ops.convert_to_tensor(x, DTYPE), ops.convert_to_tensor(probes, DTYPE)
    got = gradients(layer, lambda: ops.sum(layer(inputs, initial_state=states)[0] * by))
    rng = np.random.default_rng(2)
    for weight, gradient in zip(layer.trainable_variables, got, strict=True):
        direction = rng.normal(size=weight.shape)
        ends = [
            loss({**weights, weight.name: weights[weight.name] + step * direction})
            for step in (1e-6, -1e-6)
        ]
        assert np.any(gradient), weight.name
        np.testing.assert_allclose(
            np.sum(gradient * direction),
            (ends[0] - ends[1]) / 2e-6,
            rtol=SLOPE_TOLERANCE,
            atol=SLOPE_TOLERANCE,
            err_msg=weight.name,
        )
