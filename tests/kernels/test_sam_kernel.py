"""A SAM that trains as compiled code computes what the loop of its equations computes."""

import contextlib

import keras
import numpy as np
import pytest
from backends import gradient_of_gradient, results_and_gradients
from dnc_in_use import needs_numba
from keras import ops
from memories import (
    enlarge_weights,
    in_double_precision,
    in_the_middle,
    list_states,
    make,
    sequences,
)

from mann.kernels import threads
from mann.kernels.sam_records import States, specify_residuals

pytestmark = needs_numba

AS_KERNEL = {
    "two heads": {},
    "one head, one slot": {"num_read_heads": 1, "num_neighbors": 1},
    "input to interface": {"input_to_interface": True},
    "backwards": {"go_backwards": True},
    "last output alone": {"return_sequences": False},
    "all slots": {"num_neighbors": 8, "num_read_heads": 1},
    # Than are turned from features to slots in one pass.
    "many slots": {"memory_size": 600},
    # Than there are numbers in a vector, columns in a panel, and rows side by side; and more slots
    # than are ever touched.
    "more": {
        "units": 19,
        "memory_size": 70,
        "word_size": 5,
        "num_read_heads": 3,
        "batch": 9,
        "time": 12,
    },
}


def build(batch=3, time=7, empty=False, **kwargs):
    """Returns a layer, inputs, and the states of a memory in use, or of an empty one."""
    layer = make("sam", **{"return_sequences": True, "return_state": True, **kwargs})
    layer.build((batch, time, 4))
    enlarge_weights(layer)
    states = list_states(layer.cell, in_the_middle(layer.cell, batch), layer.compute_dtype)
    if empty:
        states = layer.get_initial_state(batch)
    return layer, ops.cast(sequences(batch, time, 4), layer.compute_dtype), states


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("kwargs", AS_KERNEL.values(), ids=AS_KERNEL)
def test_results_and_gradients_are_those_of_the_equations(kwargs, empty, passes):
    assert_same(*build(empty=empty, **kwargs))
    assert passes == ["forward", "backward"]


def test_one_sequence_of_one_step():
    assert_same(*build(batch=1, time=1))


def assert_same(layer, inputs, states):
    got, got_gradients = results_and_gradients(layer, inputs, states, training=True)
    want, want_gradients = results_and_gradients(layer, inputs, states, training=False)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)
    assert any(np.abs(gradient).max() > 1 for gradient in want_gradients)
    for a, b in zip(got_gradients, want_gradients, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * max(1e-2, np.abs(b).max()))


def test_gradients_of_gradients_are_those_of_the_equations(passes):
    layer, inputs, _ = build(time=3, return_state=False)
    got = gradient_of_gradient(layer, inputs, training=True)
    assert "forward" in passes
    want = gradient_of_gradient(layer, inputs, training=False)
    np.testing.assert_allclose(got, want, atol=1e-3 * np.abs(want).max())


def test_a_step_keeps_nothing_of_the_size_of_the_memory():
    def count(slots, steps):
        states = States((2, 40), (2, 20), (2, 5, slots), (2, 4, slots), (2, slots))
        return sum(np.prod(spec.shape) for spec in specify_residuals(3, (2, steps, 52), states))

    memories = 2 * 5 * (2**20 - 1000)
    assert count(2**20, 50) - count(1000, 50) == memories == count(2**20, 1) - count(1000, 1)


def test_a_batch_of_nothing():
    layer, inputs, states = build()
    outputs, *last = layer(inputs[:0], initial_state=[s[:0] for s in states], training=True)
    assert outputs.shape == (0, *inputs.shape[1:2], layer.cell.output_size)
    assert [state.shape for state in last] == [(0, *state.shape[1:]) for state in states]


def test_nan_shows_and_stays_in_its_sequence(monkeypatch):
    # On one core the sequences after it are computed in the same arrays.
    monkeypatch.setattr(threads, "count_cores", lambda: 1)
    layer, inputs, states = build(batch=9)
    inputs = ops.slice_update(inputs, (1, 2, 0), ops.full((1, 1, 1), float("nan")))
    (outputs, *_), gradients = results_and_gradients(layer, inputs, states, training=True)
    d_inputs = gradients[len(layer.trainable_variables)]
    assert np.isnan(outputs[1, 2:]).all() and np.isnan(d_inputs[1]).all()
    others = np.arange(9) != 1
    assert np.isfinite(outputs[others]).all() and np.isfinite(d_inputs[others]).all()
    assert np.isfinite(outputs[1, :2]).all()


def test_thousands_of_extreme_inputs_leave_numbers(passes):
    layer, _, states = build(batch=2)
    enlarge_weights(layer, 3.0)
    inputs = sequences(2, 2000, 4)
    inputs[0] *= 100
    inputs[1, ::2] = 0
    inputs = ops.convert_to_tensor(inputs)
    results, gradients = results_and_gradients(layer, inputs, states, training=True)
    assert passes == ["forward", "backward"]
    assert all(np.isfinite(x).all() for x in (*results, *gradients))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"controller": "feedforward"},
        {"addressing": "hard"},
        {"dtype": "float64"},
        {"dtype": "mixed_float16"},
    ],
)
def test_the_equations_run_where_compiled_code_cannot(kwargs, passes):
    double = kwargs.get("dtype") == "float64"
    with in_double_precision() if double else contextlib.nullcontext():
        layer, inputs, states = build(time=2, **kwargs)
        layer(inputs, initial_state=states, training=True)
    assert not passes


def test_a_model_of_a_million_slots_trains_as_the_kernel(passes):
    inputs = keras.Input((None, 4))
    layer = make("sam", memory_size=2**20, return_sequences=True)
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse")
    for time in (3, 5):
        target = np.zeros((2, time, layer.cell.output_size))
        assert np.isfinite(model.train_on_batch(sequences(2, time, 4), target))
    assert passes == 2 * ["forward", "backward"]
