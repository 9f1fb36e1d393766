"""LRUACell and LRUA against the paper's equations, and against what Keras expects of a layer."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from keras.src import testing

import mann

SIZES = {"memory_size": 8, "word_size": 4, "num_read_heads": 2}
FORMS = list(itertools.product(("lstm", "feedforward"), ("default", "paper")))


def make(controller="lstm", variant="default", units=5, **kwargs):
    return mann.LRUA(units, **SIZES, controller=controller, variant=variant, **kwargs)


def sequences(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def transcription(layer, inputs, layer_usage):
    """Runs one sequence `(time, features)` in float64 and yields the state after each step.

    Slots of the same content tie in usage but for the last bits, so the order of the slots is
    taken from `layer_usage`, the layer's own usage before each step, once it is seen to be one.
    """
    cell = layer.cell
    weights = {w.name: ops.convert_to_numpy(w).astype("float64") for w in cell.weights}
    units, slots, width, heads = (
        cell.units,
        cell.memory_size,
        cell.word_size,
        cell.num_read_heads,
    )
    paper = cell.variant == "paper"
    decay = 0.99 if paper else 0.95
    hidden, carry = np.zeros(units), np.zeros(units)
    reads = np.zeros((heads, width))
    memory = np.full((slots, width), 1e-6)
    read_weights = np.eye(slots)[[0] * heads]
    usage = np.eye(slots)[0]
    for x, order in zip(inputs.astype("float64"), layer_usage, strict=True):
        gates = x @ weights["kernel"] + weights["bias"]
        if cell.controller == "lstm":
            gates += np.concatenate([hidden, reads.ravel()]) @ weights["recurrent_kernel"]
            i, f, g, o = np.split(gates, 4)
            carry = sigmoid(f) * carry + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(carry)
        else:
            hidden = np.tanh(gates + reads.ravel() @ weights["recurrent_kernel"])
        raw = hidden @ weights["interface_kernel"] + weights["interface_bias"]
        keys = np.tanh(raw[: heads * width].reshape(heads, width))
        raw = raw[heads * width :]
        words, strengths = keys, np.ones(heads)
        if not paper:
            words = np.tanh(raw[: heads * width].reshape(heads, width))
            raw = raw[heads * width :]
            strengths = 1 + np.log1p(np.exp(raw[:heads] + 2))
            raw = raw[heads:]
        alpha = sigmoid(raw)
        lowest = np.argsort(order, kind="stable")[:heads]
        np.testing.assert_allclose(usage[lowest], np.sort(usage)[:heads], atol=1e-5)
        memory = memory.copy()
        memory[lowest[0]] = 0
        write_weights = np.zeros((heads, slots))
        for h in range(heads):
            least_used = np.zeros(slots)
            least_used[lowest if paper else lowest[h]] = 1
            write_weights[h] = alpha[h] * read_weights[h] + (1 - alpha[h]) * least_used
        for h in range(heads):
            memory += np.outer(write_weights[h], words[h])
        for h in range(heads):
            norms = np.sqrt((memory**2).sum(1) + 1e-6) * np.sqrt((keys[h] ** 2).sum() + 1e-6)
            read_weights[h] = softmax(strengths[h] * (memory @ keys[h]) / norms)
        reads = read_weights @ memory
        usage = decay * usage + read_weights.sum(0) + write_weights.sum(0)
        yield {
            "output": np.concatenate([hidden, reads.ravel()]),
            "carry": carry,
            "memory": memory.T.ravel(),
            "read_weights": read_weights.ravel().copy(),
            "usage": usage,
            "write_weights": write_weights,
        }


@pytest.mark.parametrize(("controller", "variant"), FORMS)
def test_equations(controller, variant):
    layer = make(controller, variant, return_state=True)
    x = sequences(3, 10, 6)
    layer(x)
    # Larger weights than the initial ones, so that heads focus and the nonlinearities bend.
    for weight in layer.cell.weights:
        weight.assign(sequences(*weight.shape, seed=len(weight.shape)) * 0.8)
    names = ["output", *(["carry"] if controller == "lstm" else [])]
    names += ["memory", "read_weights", "usage"]
    got = [layer(x[:, :t])[1:] for t in range(1, x.shape[1] + 1)]
    got = [[ops.convert_to_numpy(state) for state in states] for states in got]
    first = ops.convert_to_numpy(layer.get_initial_state(3)[-1])
    usage = np.stack([first, *(states[-1] for states in got[:-1])], axis=1)
    expected = [list(transcription(layer, *row)) for row in zip(x, usage, strict=True)]
    for t, states in enumerate(got):
        for name, state in zip(names, states, strict=True):
            want = np.stack([steps[t][name] for steps in expected])
            np.testing.assert_allclose(
                state, want, atol=2e-5, rtol=1e-4, err_msg=f"{name} after step {t}"
            )


def test_trace_shows_what_the_loop_does():
    layer = make(return_state=True)
    x = sequences(2, 6, 3)
    _, output, _, _, read_weights, usage = layer(x)
    trace = layer.trace(x)
    np.testing.assert_allclose(trace["read_weights"][:, -1].reshape(2, -1), read_weights, atol=1e-6)
    np.testing.assert_allclose(trace["usage"][:, -1], usage, atol=1e-5)
    # The usage of a step is made of its weights.
    step = trace["usage"][:, 3] - 0.95 * trace["usage"][:, 2]
    heads = trace["read_weights"][:, 3].sum(1) + trace["write_weights"][:, 3].sum(1)
    np.testing.assert_allclose(step, heads, atol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="JAX computes in float32; test_backends compares its gradients with TensorFlow's",
)
@pytest.mark.parametrize(("controller", "variant"), FORMS)
def test_gradients_match_finite_differences(controller, variant):
    layer = make(controller, variant, dtype="float64", return_sequences=True)
    x = sequences(2, 5, 3).astype("float64")
    probe = sequences(2, 5, layer.cell.output_size, seed=1).astype("float64")
    layer(x)
    model = keras.Sequential([keras.Input((5, 3), dtype="float64"), layer])

    def loss():
        return float(ops.sum(model(x) * probe))

    class Loss(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.sum(y_true * y_pred)

    before = [ops.convert_to_numpy(w) for w in layer.weights]
    model.compile(keras.optimizers.SGD(1.0), Loss(reduction="sum", dtype="float64"))
    model.train_on_batch(x, probe)
    after = model.get_weights()
    gradients = [old - new for old, new in zip(before, after, strict=True)]
    rng = np.random.default_rng(2)
    for weight, old, gradient in zip(layer.weights, before, gradients, strict=True):
        direction = rng.normal(size=old.shape)
        for other, value in zip(layer.weights, before, strict=True):
            other.assign(value)
        ends = []
        for sign in (1, -1):
            weight.assign(old + sign * 1e-5 * direction)
            ends.append(loss())
        weight.assign(old)
        slope = (ends[0] - ends[1]) / 2e-5
        assert np.any(gradient), weight.name
        np.testing.assert_allclose(
            np.sum(gradient * direction), slope, rtol=1e-5, atol=1e-6, err_msg=weight.name
        )


@pytest.mark.parametrize(("controller", "variant"), FORMS)
def test_each_row_of_a_batch_is_on_its_own(controller, variant):
    layer = make(controller, variant, return_sequences=True)
    x = sequences(4, 7, 3)
    whole = layer(x)
    for row in range(4):
        np.testing.assert_allclose(whole[row : row + 1], layer(x[row : row + 1]), atol=1e-6)


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_masked_steps_change_nothing(controller):
    layer = make(controller, return_state=True)
    x = sequences(2, 9, 3)
    mask = np.array([[1, 1, 0, 1, 0, 0, 1, 1, 0], [0, 1, 1, 0, 1, 1, 0, 0, 0]], bool)
    masked = layer(x, mask=mask)
    for row in range(2):
        kept = layer(x[row : row + 1, mask[row]])
        for got, want in zip(masked, kept, strict=True):
            np.testing.assert_allclose(got[row : row + 1], want, atol=1e-6)


def test_initial_state_goes_on_where_it_stopped():
    layer = make(return_state=True, return_sequences=True)
    x = sequences(2, 8, 3)
    whole, *_ = layer(x)
    first, *states = layer(x[:, :5])
    second, *_ = layer(x[:, 5:], initial_state=states)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)


def test_stateful_reset_empties_the_memory():
    layer = make(stateful=True)
    x = sequences(2, 4, 3)
    first = ops.convert_to_numpy(layer(x))
    assert np.abs(ops.convert_to_numpy(layer(x)) - first).max() > 1e-4
    layer.reset_state()
    np.testing.assert_allclose(layer(x), first, atol=1e-6)


@pytest.mark.parametrize(("controller", "variant"), FORMS)
def test_save_and_load(controller, variant, tmp_path):
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, make(controller, variant, return_sequences=True)(inputs))
    x = sequences(2, 6, 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.memory = make(return_sequences=True)
        self.head = keras.layers.Dense(4)

    def call(self, x):
        return self.head(self.memory(x))


def functional():
    inputs = keras.Input((None, 3))
    x = keras.layers.Masking()(inputs)
    return keras.Model(inputs, keras.layers.Dense(4)(make(return_sequences=True)(x)))


def sequential():
    return keras.Sequential([make("feedforward", return_sequences=True), keras.layers.Dense(4)])


def bidirectional():
    return keras.Sequential(
        [keras.layers.Bidirectional(make(return_sequences=True)), keras.layers.Dense(4)]
    )


def stacked_cells():
    cells = [mann.LRUACell(5, **SIZES), mann.LRUACell(6, **SIZES, variant="paper")]
    return keras.Sequential([keras.layers.RNN(cells, return_sequences=True), keras.layers.Dense(4)])


@pytest.mark.parametrize(
    "build", [functional, sequential, Subclassed, bidirectional, stacked_cells]
)
def test_compiled_training_in_every_kind_of_model(build):
    keras.utils.set_random_seed(0)
    model = build()
    x, y = sequences(6, 5, 3), np.arange(30).reshape(6, 5) % 4
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.03), loss, jit_compile=True)
    # Another batch size and another length in the same model.
    losses = [model.train_on_batch(x, y) for _ in range(12)]
    assert np.isfinite(model.train_on_batch(x[:1, :3], y[:1, :3]))
    assert losses[-1] < 0.9 * losses[0]


def test_compiled_and_eager_agree():
    model = functional()
    x = sequences(3, 6, 3)
    model.compile(jit_compile=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), atol=1e-5)


def test_mixed_precision():
    layer = make(dtype="mixed_float16", return_sequences=True)
    x = sequences(2, 8, 3)
    got = layer(x)
    assert keras.backend.standardize_dtype(got.dtype) == "float16"
    exact = make(return_sequences=True)
    exact.build(x.shape)
    exact.set_weights(layer.get_weights())
    np.testing.assert_allclose(got, exact(x), atol=0.01)


def test_long_sequences_stay_finite():
    model = keras.Sequential([keras.Input((None, 3)), make(return_sequences=True)])
    model.compile("sgd", "mse")
    x = 3 * sequences(2, 200, 3)
    assert np.isfinite(model.train_on_batch(x, np.zeros((2, 200, 13), "float32")))
    assert all(np.all(np.isfinite(weight)) for weight in model.get_weights())


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_loop_learns_as_the_unrolled_one(controller, masked, go_backwards):
    x, y = sequences(3, 6, 3), sequences(3, 6, 5 + 2 * 4, seed=1)
    # A step masked between others, and one at each end.
    mask = np.array([[1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]], bool)
    learned = []
    for unroll in (False, True):
        keras.utils.set_random_seed(0)
        layer = make(controller, go_backwards=go_backwards, unroll=unroll, return_sequences=True)
        inputs = keras.Input((6, 3))
        steps = keras.Input((6,), dtype="bool")
        outputs = layer(inputs, mask=steps) if masked else layer(inputs)
        model = keras.Model([inputs, steps], outputs)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        for _ in range(2):
            model.train_on_batch([x, mask], y)
        learned.append(model.get_weights())
    for one, other in zip(*learned, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("kwargs", [{"go_backwards": True}, {"dtype": "mixed_float16"}])
def test_trace_goes_as_the_layer_goes(kwargs):
    layer = make(return_state=True, **kwargs)
    x = sequences(2, 6, 3)
    final_usage = layer(x)[-1]
    np.testing.assert_allclose(layer.trace(x)["usage"][:, -1], final_usage, atol=1e-2)


def test_heads_start_on_the_first_slot_and_weights_stay_distributions():
    layer = make()
    trace = layer.trace(sequences(2, 12, 3))
    for name in ("read_weights", "write_weights"):
        np.testing.assert_allclose(trace[name].sum(-1), 1, atol=1e-5)
        assert np.all(trace[name] >= 0)
    # Slot 0 is in use at the start, so the least used slots of the two heads are 1 and 2.
    slots = [np.flatnonzero(head).tolist() for head in trace["write_weights"][0, 0]]
    assert slots == [[0, 1], [0, 2]]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("units", 0),
        ("memory_size", -1),
        ("word_size", 2.5),
        ("num_read_heads", 9),
        ("controller", "gru"),
        ("variant", "best"),
        ("usage_decay", 1.5),
    ],
)
def test_bad_arguments_are_named(argument, value):
    arguments = {"units": 5, **SIZES, argument: value}
    with pytest.raises(ValueError, match=f"`{argument}`.*Received.*{value}"):
        mann.LRUA(**arguments)


class KerasLayerTest(testing.TestCase):
    def test_run_layer_test(self):
        for kwargs in ({"return_sequences": True}, {"return_state": True, "variant": "paper"}):
            self.run_layer_test(
                mann.LRUA,
                {"units": 5, **SIZES, **kwargs},
                input_shape=(3, 6, 7),
                expected_num_trainable_weights=5,
                expected_num_non_trainable_weights=0,
                supports_masking=True,
            )
