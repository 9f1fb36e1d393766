"""A DNC that trains as compiled code computes what the loop of its equations computes."""

import concurrent.futures
import contextlib
import importlib.util
import sys

import keras
import numpy as np
import pytest
from backends import gradient_of_gradient, results_and_gradients, to_array
from keras import ops
from memories import BACKEND, ON_JAX, in_double_precision, make, sequences

from mann.kernels import availability, dnc, threads
from mann.models.compiling import train_by_kernels

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba compiles the kernels"
)
on_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="of TensorFlow")

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
AS_EQUATIONS = {
    "masked keys": {"refinements": ("masked_keys",)},
    "deallocation": {"refinements": ("deallocation",)},
    "sharp links": {"refinements": ("sharp_links",)},
    "two write heads": {"num_write_heads": 2},
    "feed-forward": {"controller": "feedforward"},
    "float64": {"dtype": "float64"},
    "float16": {"dtype": "mixed_float16"},
    "bfloat16": {"dtype": "mixed_bfloat16"},
    "unrolled": {"unroll": True},
}
# Where a layer's states have the usage.
USAGE = 5


@pytest.fixture
def passes(monkeypatch):
    """Returns a list to which each pass through compiled code adds its name."""
    made = []
    for name, function in (("forward", dnc._fill_results), ("backward", dnc._fill_gradients)):

        def fill(args, results, name=name, function=function):
            made.append(name)
            function(args, results)

        monkeypatch.setattr(dnc, function.__name__, fill)
    return made


def build(batch=3, time=7, **kwargs):
    """Returns a layer, inputs, and states of a memory in use."""
    keras.utils.set_random_seed(0)
    layer = make("dnc", **{"return_sequences": True, "return_state": True, **kwargs})
    layer(sequences(batch, time, 4))
    for weight in layer.trainable_variables:
        weight.assign(1.5 * weight)
    states = keras.layers.RNN.get_initial_state(layer, batch)
    if layer.return_state:
        _, *states = layer(sequences(batch, 5, 4, seed=1))
    # Of two slots that are used alike, rounding says which is the first.
    usage = np.random.default_rng(3).uniform(0.1, 0.9, states[USAGE].shape)
    states[USAGE] = ops.cast(usage, states[USAGE].dtype)
    return layer, ops.cast(sequences(batch, time, 4, seed=2), layer.compute_dtype), states


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


@pytest.mark.parametrize("kwargs", AS_EQUATIONS.values(), ids=AS_EQUATIONS)
def test_the_equations_run_where_compiled_code_cannot(kwargs, passes):
    double = kwargs.get("dtype") == "float64"
    with in_double_precision() if double else contextlib.nullcontext():
        layer, inputs, states = build(time=2, **kwargs)
        layer(inputs, initial_state=states, training=True)
    assert not passes


def test_inference_and_masked_steps_are_left_to_the_equations(passes):
    layer, inputs, states = build()
    layer(inputs, initial_state=states, training=False)
    mask = np.ones(inputs.shape[:2], bool)
    layer(inputs, initial_state=states, training=True, mask=ops.convert_to_tensor(mask))
    assert not passes


def train(layer, inputs, states):
    outputs, *_ = layer(inputs, initial_state=states, training=True)
    return outputs


def test_a_gpu_is_left_to_the_framework(monkeypatch, passes):
    layer, inputs, states = build()
    if BACKEND == "tensorflow":
        import tensorflow as tf

        monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind=None: ["GPU:0"])
        train(layer, inputs, states)
    elif ON_JAX:
        import jax

        monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
        train(layer, inputs, states)
    else:
        # Any device but the CPU.
        with keras.device("meta"):
            assert not layer.runs_as_kernel()
    assert not passes
    monkeypatch.undo()
    assert layer.runs_as_kernel()


def test_a_batch_spread_over_devices_is_left_to_the_equations(monkeypatch, passes):
    layer, inputs, states = build()
    if BACKEND == "tensorflow":
        import tensorflow as tf

        strategy = tf.distribute.MirroredStrategy(["CPU:0"])
        strategy.run(tf.function(train), args=(layer, inputs, states))
    elif ON_JAX:
        keras.distribution.set_distribution(keras.distribution.DataParallel())
        try:
            train(layer, inputs, states)
        finally:
            keras.distribution.set_distribution(None)
    else:
        monkeypatch.setattr(keras.distribution, "distribution", lambda: "spread")
        train(layer, inputs, states)
    assert not passes


@pytest.fixture
def numba_anew():
    """Has numba looked for again, in the test and after it."""
    availability.numba_works.cache_clear()
    yield
    availability.numba_works.cache_clear()


def test_without_numba_the_equations_serve(monkeypatch, numba_anew, passes):
    built = build()
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *args: None if name == "numba" else find(name)
    )
    train(*built)
    assert not passes


def test_a_numba_that_does_not_take_the_kernels_is_warned_of_once(monkeypatch, numba_anew, passes):
    built = build()
    # An import of it fails.
    monkeypatch.setitem(sys.modules, "mann.kernels.dnc_backward", None)
    monkeypatch.delattr("mann.kernels.dnc_backward", raising=False)
    with pytest.warns(UserWarning, match="numba is installed but does not work"):
        train(*built)
    train(*built)
    assert not passes


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


def model_of(layer):
    inputs = keras.Input((None, 4))
    return keras.Model(inputs, keras.layers.Dense(2)(layer(inputs)))


def test_keras_trains_a_model_with_the_kernel_whatever_it_would_choose(passes):
    model = model_of(make("dnc", return_sequences=True))
    model.compile("sgd", "mse")
    # Another batch and another length in the same model.
    for batch, time in ((3, 5), (2, 4)):
        model.train_on_batch(sequences(batch, time, 4), sequences(batch, time, 2))
    assert passes == 2 * ["forward", "backward"]


@on_tensorflow
def test_a_model_that_xla_compiles_goes_by_the_equations(passes):
    layer = make("dnc", return_sequences=True)
    model = model_of(layer)
    weights, data = model.get_weights(), (sequences(3, 5, 4), sequences(3, 5, 2))
    after = []
    for compiled in (True, False):
        model.set_weights(weights)
        model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=compiled)
        model.train_on_batch(*data)
        assert len(passes) == (0 if compiled else 2)
        after.append(model.get_weights())
    for one, other, before in zip(*after, weights, strict=True):
        assert np.abs(one - before).max() > 0
        np.testing.assert_allclose(one, other, atol=1e-5)


@on_tensorflow
@pytest.mark.parametrize(("name", "trained"), [("dnc", False), ("dnc_refined", True)])
def test_only_what_trains_as_a_kernel_leaves_xla(name, trained, passes):
    model = model_of(make(name, return_sequences=True))
    model.compile("sgd", "mse", jit_compile=True)
    train_by_kernels(model)
    assert model.jit_compile is trained
    seen = []
    predict = model.layers[1].inner_loop

    def inner_loop(*args, **kwargs):
        seen.append(availability.under_xla())
        return predict(*args, **kwargs)

    model.layers[1].inner_loop = inner_loop
    model.predict(sequences(3, 5, 4), verbose=0)
    model.evaluate(sequences(3, 5, 4), sequences(3, 5, 2), verbose=0)
    assert set(seen) == {True}
    model.train_on_batch(sequences(3, 5, 4), sequences(3, 5, 2))
    assert seen[-1] is trained and bool(passes) is not trained


@on_tensorflow
def test_the_gradient_of_an_eager_pass_in_xla(passes):
    import tensorflow as tf

    layer, inputs, states = build()
    with tf.GradientTape(persistent=True) as tape:
        outputs, *_ = layer(inputs, initial_state=states, training=True)
        loss = tf.reduce_sum(outputs**2)

    def gradient():
        return tape.gradient(loss, layer.trainable_variables)

    in_xla = tf.function(gradient, jit_compile=True)()
    assert passes == ["forward"]
    for a, b in zip(in_xla, gradient(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    assert passes == ["forward", "backward"]


@on_tensorflow
def test_a_model_that_trained_as_a_kernel_is_exported(passes, tmp_path):
    import tensorflow as tf

    model = model_of(make("dnc", return_sequences=True))
    model.compile("sgd", "mse")
    x = sequences(3, 5, 4)
    model.train_on_batch(x, sequences(3, 5, 2))
    assert passes
    model.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    del passes[:]
    np.testing.assert_allclose(loaded.serve(x), to_array(model(x)), atol=1e-5)
    assert not passes
