"""A DNC that trains as compiled code computes what the loop of its equations computes."""

import concurrent.futures

import numpy as np
import pytest
from backends import gradient_of_gradient, results_and_gradients
from dnc_in_use import build, needs_numba
from keras import ops

from mann.kernels import dnc, threads

pytestmark = needs_numba

AS_KERNEL = {
    "two heads": {},
    "one head": {"num_read_heads": 1},
    "no links": {"links": False},
    "input to interface": {"input_to_interface": True},
    "backwards": {"go_backwards": True},
    "last output alone": {"return_sequences": False},
    "odd sizes": {"units": 7, "memory_size": 13, "word_size": 3, "num_read_heads": 3},
    # Than there are numbers in a vector, columns in a panel, and rows side by side.
    "more": {"units": 19, "memory_size": 37, "word_size": 5, "batch": 9},
}


@pytest.mark.parametrize("kwargs", AS_KERNEL.values(), ids=AS_KERNEL)
def test_results_and_gradients_are_those_of_the_equations(kwargs, passes):
    assert_same(*build(**kwargs))
    assert passes == ["forward", "backward"]


def test_one_sequence_of_one_step():
    assert_same(*build(batch=1, time=1))


def assert_same(*built):
    got, got_gradients = results_and_gradients(*built, training=True)
    want, want_gradients = results_and_gradients(*built, training=False)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)
    assert any(np.abs(gradient).max() > 1 for gradient in want_gradients)
    for a, b in zip(got_gradients, want_gradients, strict=True):
        # Of the links, the equations' loop keeps 16 bits each for the gradient.
        np.testing.assert_allclose(a, b, atol=3e-4 * max(1e-3, np.abs(b).max()))


@pytest.mark.parametrize("all_outputs", [True, False])
def test_gradients_of_gradients_are_those_of_the_equations(all_outputs, passes):
    layer, inputs, _ = build(time=3, return_state=False, return_sequences=all_outputs)
    inputs = ops.convert_to_tensor(inputs)
    got = gradient_of_gradient(layer, inputs, training=True)
    assert "forward" in passes
    want = gradient_of_gradient(layer, inputs, training=False)
    np.testing.assert_allclose(got, want, atol=1e-3 * np.abs(want).max())


def test_sequences_without_a_step_are_refused():
    layer, inputs, states = build()
    cell, nothing = layer.cell, inputs[:, :0]
    gates = cell.project(ops.convert_to_tensor(nothing))
    weights = [ops.convert_to_tensor(weight) for weight in cell.copy_step_weights()]
    interface = ops.zeros((*gates.shape[:2], weights[2].shape[0]))
    with pytest.raises(ValueError, match="needs at least one step"):
        dnc.run((gates, interface), cell.unflatten(states), weights[:2], None)


def test_a_batch_of_nothing(passes):
    layer, inputs, states = build()
    outputs, *last = layer(inputs[:0], initial_state=[s[:0] for s in states], training=True)
    assert outputs.shape == (0, *inputs.shape[1:2], layer.cell.output_size)
    assert [state.shape for state in last] == [(0, *state.shape[1:]) for state in states]


def test_nan_shows_and_stays_in_its_sequence(monkeypatch):
    # On one core the sequences after it are computed in the same arrays.
    monkeypatch.setattr(threads, "count_cores", lambda: 1)
    layer, inputs, states = build(batch=9, memory_size=13)
    inputs = ops.slice_update(inputs, (1, 2, 0), ops.full((1, 1, 1), float("nan")))
    (outputs, *_), gradients = results_and_gradients(layer, inputs, states, training=True)
    d_inputs = gradients[len(layer.trainable_variables)]
    assert np.isnan(outputs[1, 2:]).all() and np.isnan(d_inputs[1]).all()
    others = np.arange(9) != 1
    assert np.isfinite(outputs[others]).all() and np.isfinite(d_inputs[others]).all()
    assert np.isfinite(outputs[1, :2]).all()


@pytest.mark.parametrize("cores", [1, 3])
def test_results_do_not_depend_on_the_cores(monkeypatch, cores):
    built = build(batch=5)
    want, _ = results_and_gradients(*built, training=True)
    monkeypatch.setattr(threads, "count_cores", lambda: cores)
    got, _ = results_and_gradients(*built, training=True)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)


def test_several_threads_train_at_once(passes):
    built = build()
    want = results_and_gradients(*built, training=True)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: results_and_gradients(*built, training=True), range(8)))
    for got in found:
        for a, b in zip(sum(got, []), sum(want, []), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert len(passes) == 18
