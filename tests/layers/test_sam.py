"""SAM: which slots its heads read and write, and that those that no step touches cost nothing."""

import keras
import numpy as np
import pytest
from keras import ops
from memories import (
    access,
    empty_state,
    enlarge_weights,
    gradients,
    in_double_precision,
    make,
    make_cell,
    sequences,
)
from transcriptions import empty, run

from mann.models.compiling import choose_jit_compile

OPEN, CLOSED = 30.0, -30.0
MILLION = 2**20


def test_a_head_reads_the_slots_nearest_to_its_key_and_no_others():
    trace = make("sam", memory_size=30).trace(sequences(2, 12, 3))
    read = trace["read_weights"]
    np.testing.assert_allclose(read.sum(-1), 1, atol=1e-5)
    assert np.all((read > 0).sum(-1) == 3)


def test_a_trace_shows_the_slots_that_a_sequence_can_reach():
    layer = make("sam", memory_size=MILLION)
    trace = layer.trace(sequences(2, 5, 3))
    slots = layer.cell.count_reachable_slots(5)
    assert trace["write_weights"].shape == trace["read_weights"].shape == (2, 5, 2, slots)
    assert np.all(trace["ages"][:, :, -1] == np.arange(2, 7))


def test_equally_near_slots_are_read_from_the_lowest_on():
    cell = make_cell("sam", num_read_heads=1)
    _, _, trace = access(cell, empty_state(cell), write_gates=CLOSED, keys=1.0)
    np.testing.assert_allclose(trace["read_weights"][0, 0], [1 / 3] * 3 + [0] * 5, atol=1e-6)


@pytest.mark.parametrize(
    ("write_gate", "allocation_gate", "written"),
    [(OPEN, OPEN, 3), (OPEN, CLOSED, 0), (CLOSED, OPEN, None)],
)
def test_a_head_writes_to_the_oldest_slot_or_where_it_read(write_gate, allocation_gate, written):
    cell = make_cell("sam", num_read_heads=1)
    memory, ages = sequences(1, 4, 8), np.array([[2, 4, 3, 9, 9, 6, 7, 8]])
    state = empty_state(cell, memory=memory, ages=ages)
    words = np.tanh([1.0, -1, 2, 0.5])
    gates = {"write_gates": write_gate, "allocation_gates": allocation_gate}
    after, _, trace = access(cell, state, words=np.arctanh(words)[None], **gates)

    want = memory.copy()
    want[:, :, 3] = 0
    if written is not None:
        want[0, :, written] += words
    np.testing.assert_allclose(after.memory, want, atol=1e-6)
    used = np.asarray(trace["read_weights"][0, 0]) > 0.005
    if written is not None:
        used[written] = True
    np.testing.assert_array_equal(after.ages[0], np.where(used, 0, ages[0] + 1))


def test_each_head_wipes_an_oldest_slot_of_its_own():
    cell = make_cell("sam")
    memory, ages = sequences(1, 4, 8), np.array([[2, 9, 3, 5, 8, 6, 7, 4]])
    after, _, _ = access(
        cell, empty_state(cell, memory=memory, ages=ages), write_gates=CLOSED, words=1.0
    )
    memory[:, :, [1, 4]] = 0
    np.testing.assert_allclose(after.memory, memory, atol=1e-6)


@pytest.mark.parametrize("masked", [False, True])
def test_the_slots_that_a_sequence_can_reach_behave_as_all_of_them(masked):
    layer = make("sam", memory_size=100, return_sequences=True, return_state=True)
    x, mask = sequences(2, 6, 3), None
    if masked:
        mask = np.array([[1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1]], bool)
    layer.build(x.shape)
    enlarge_weights(layer, 1.5)
    assert layer.cell.count_reachable_slots(6) < 50
    few = layer(x, mask=mask)
    whole = layer(x, initial_state=layer.get_initial_state(2), mask=mask)
    for one, other in zip(few, whole, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_million_slots_learn_as_few_do():
    found = []
    x = sequences(2, 5, 3)
    for slots in (60, MILLION):
        layer = make("sam", memory_size=slots, return_sequences=True)
        layer.build(x.shape)
        enlarge_weights(layer)

        def loss(layer=layer):
            return ops.sum(layer(x, training=True) ** 2)

        found.append([loss(), *gradients(layer, loss)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_two_hundred_steps_and_their_gradients_are_those_of_the_slots_chosen():
    with in_double_precision():
        layer = make("sam", memory_size=40, dtype="float64", return_sequences=True)
        cell, x = layer.cell, sequences(1, 200, 3)
        layer.build(x.shape)
        enlarge_weights(layer)
        weights = {w.name: ops.convert_to_numpy(w).astype("float64") for w in layer.weights}
        probe = sequences(1, 200, cell.output_size, seed=1).astype("float64")
        inputs, by = ops.convert_to_tensor(x, "float64"), ops.convert_to_tensor(probe)

        def unroll(weights, chosen=None):
            state = empty(cell, weights)
            for time in range(200):
                given = {} if chosen is None else chosen[time]
                [state] = run(cell, weights, x[0, time : time + 1], {**state, **given})
                yield state

        chosen, ages = [], empty(cell, weights)["ages"]
        for time, (state, output) in enumerate(zip(unroll(weights), layer(inputs)[0], strict=True)):
            np.testing.assert_allclose(output, state["output"], atol=1e-8, err_msg=str(time))
            chosen.append(
                {
                    "oldest": np.argsort(-ages, kind="stable")[: cell.num_read_heads],
                    "nearest": [np.flatnonzero(weights) for weights in state["read_weights"]],
                }
            )
            ages = state["ages"]

        def loss(weights):
            outputs = (state["output"] for state in unroll(weights, chosen))
            return sum(output @ row for output, row in zip(outputs, probe[0], strict=True))

        got = gradients(layer, lambda: ops.sum(layer(inputs, training=True) * by))
    rng = np.random.default_rng(2)
    for weight, gradient in zip(layer.trainable_variables, got, strict=True):
        direction, name = rng.normal(size=weight.shape), weight.name
        ends = [loss({**weights, name: weights[name] + s * direction}) for s in (1e-6, -1e-6)]
        slope = (ends[0] - ends[1]) / 2e-6
        assert abs(slope) > 0.1
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_thousands_of_extreme_inputs_leave_numbers(dtype):
    layer = make("sam", return_sequences=True, dtype=dtype)
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, layer(inputs))
    enlarge_weights(layer, 3.0)
    x = sequences(3, 2000, 3)
    x[0] *= 100
    x[1, ::2] = 0
    model.compile(jit_compile=choose_jit_compile())
    assert np.all(np.isfinite(model.predict(x, verbose=0).astype("float32")))


def test_extreme_inputs_leave_gradients():
    layer = make("sam", return_sequences=True)
    x = 100 * sequences(2, 30, 3)
    layer.build(x.shape)
    enlarge_weights(layer, 3.0)
    for gradient in gradients(layer, lambda: ops.sum(layer(x, training=True) ** 2)):
        assert np.all(np.isfinite(gradient))
