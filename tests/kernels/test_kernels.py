"""A DNC that trains as compiled code computes what the loop of its equations computes."""

import keras
import numpy as np
import pytest
from keras import ops
from memories import ON_JAX, make, sequences

pytestmark = pytest.mark.skipif(not ON_JAX, reason="there are fused loops on JAX alone")
numba = pytest.importorskip("numba") if ON_JAX else None

FUSED = {
    "two heads": {},
    "one head": {"num_read_heads": 1},
    "no links": {"links": False},
    "input to interface": {"input_to_interface": True},
    "backwards": {"go_backwards": True},
    "odd sizes": {"units": 7, "memory_size": 13, "word_size": 3, "num_read_heads": 3},
    # Than there are lanes, columns in a panel, and rows side by side.
    "more": {"units": 19, "memory_size": 37, "word_size": 5, "batch": 9},
}
NOT_FUSED = {
    "refined": {"refinements": ("deallocation",)},
    "two write heads": {"num_write_heads": 2},
    "feed-forward": {"controller": "feedforward"},
    "float64": {"dtype": "float64"},
    "unrolled": {"unroll": True},
}
# Where a layer's states have the usage.
USAGE = 5


def build(batch=3, time=7, **kwargs):
    """Returns a layer, inputs, and states of a memory in use."""
    keras.utils.set_random_seed(0)
    layer = make("dnc", return_sequences=True, return_state=True, **kwargs)
    layer(sequences(batch, time, 4))
    for weight in layer.trainable_variables:
        weight.assign(1.5 * weight)
    _, *states = layer(sequences(batch, 5, 4, seed=1))
    # Of two slots that are used alike, rounding says which is the first.
    usage = np.random.default_rng(3).uniform(0.1, 0.9, states[USAGE].shape)
    states[USAGE] = ops.cast(usage, states[USAGE].dtype)
    return layer, ops.cast(sequences(batch, time, 4, seed=2), layer.dtype), states


def loss_of(layer, training, mask=None):
    """Returns a function of weights, inputs and states that weighs all that the layer returns."""

    def loss(weights, inputs, states):
        results, _ = layer.stateless_call(
            weights, [], inputs, initial_state=states, mask=mask, training=training
        )
        parts = [
            ops.sum(result * ops.cast(sequences(*result.shape, seed=i), result.dtype))
            for i, result in enumerate(results)
        ]
        return sum(parts), results

    return loss


def is_fused(layer, inputs, states, training=True, mask=None):
    import jax

    weights = [weight.value for weight in layer.trainable_variables]
    made = jax.make_jaxpr(loss_of(layer, training, mask))(weights, inputs, states)
    return "buffer_callback" in str(made)


def results_and_gradients(layer, inputs, states, training):
    import jax

    weights = [weight.value for weight in layer.trainable_variables]
    compute = jax.jit(jax.value_and_grad(loss_of(layer, training), (0, 1, 2), has_aux=True))
    return jax.tree.map(np.asarray, compute(weights, inputs, states))


@pytest.mark.parametrize("kwargs", FUSED.values(), ids=FUSED)
def test_results_and_gradients_are_those_of_the_equations(kwargs):
    layer, inputs, states = build(**kwargs)
    assert is_fused(layer, inputs, states)
    assert_same(layer, inputs, states)


def test_one_sequence_of_one_step():
    assert_same(*build(batch=1, time=1))


def assert_same(*built):
    (_, got), got_gradients = results_and_gradients(*built, training=True)
    (_, want), want_gradients = results_and_gradients(*built, training=False)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)
    for got, want in zip(got_gradients, want_gradients, strict=True):
        for a, b in zip(leaves(got), leaves(want), strict=True):
            # Of the links, the equations' loop keeps 16 bits each for the gradient.
            np.testing.assert_allclose(a, b, atol=3e-4 * max(1e-3, np.abs(b).max()))


def leaves(gradients):
    return gradients if isinstance(gradients, list) else [gradients]


@pytest.mark.parametrize("kwargs", NOT_FUSED.values(), ids=NOT_FUSED)
def test_what_compiled_code_cannot_run_is_left_to_the_equations(kwargs):
    if kwargs.get("dtype") == "float64":
        import jax

        with jax.enable_x64(True):
            assert not is_fused(*build(**kwargs))
    else:
        assert not is_fused(*build(**kwargs))


def test_inference_and_masked_steps_are_left_to_the_equations():
    layer, inputs, states = build()
    assert not is_fused(layer, inputs, states, training=False)
    mask = np.ones(inputs.shape[:2], bool)
    assert not is_fused(layer, inputs, states, mask=mask)


def test_a_batch_spread_over_devices_is_left_to_the_equations():
    layer, inputs, states = build()
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    try:
        assert not is_fused(layer, inputs, states)
    finally:
        keras.distribution.set_distribution(None)


def test_what_is_not_a_number_shows_and_stays_in_its_sequence(monkeypatch):
    from mann.kernels import loop

    # On one core the sequences after it are computed in the same arrays.
    monkeypatch.setattr(loop, "_cores", lambda: 1)
    layer, inputs, states = build(batch=9, memory_size=13)
    inputs = ops.slice_update(inputs, (1, 2, 0), ops.full((1, 1, 1), float("nan")))
    (_, (outputs, *_)), (_, of_inputs, _) = results_and_gradients(
        layer, inputs, states, training=True
    )
    assert np.isnan(outputs[1, 2:]).all() and np.isnan(of_inputs[1]).all()
    others = np.arange(9) != 1
    assert np.isfinite(outputs[others]).all() and np.isfinite(of_inputs[others]).all()
    assert np.isfinite(outputs[1, :2]).all()


def test_the_exponential_is_that_of_the_library():
    from mann.kernels import vectors

    @numba.njit
    def exponentials(x):
        return np.array([vectors.exp(value) for value in x], np.float32)

    x = np.linspace(-87, 88, 100_001, dtype=np.float32)
    np.testing.assert_allclose(exponentials(x), np.exp(x.astype(float)), rtol=3e-7)
    far = exponentials(np.array([-1e9, -np.inf, 1e9, np.nan], np.float32))
    assert far[0] == far[1] < 1e-37 and far[2] > 1e38 and np.isnan(far[3])


def test_what_many_used_slots_leave_is_nothing_rather_than_slow_to_compute_on():
    from mann.kernels import allocation

    usage = np.linspace(0.01, 0.02, 64, dtype=np.float32)
    got = np.empty(64, np.float32)
    allocation.allocate(usage, np.empty(64, np.int32), got, np.empty((3, 64), np.float32))
    floored = 1e-6 + (1 - 1e-6) * usage.astype(float)
    want = (1 - floored) * np.cumprod(np.concatenate([[1], floored[:-1]]))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-30)
    assert ((got == 0) | (got > 9e-31)).all()


@pytest.mark.parametrize("size", [1, 7, 128])
def test_slots_are_sorted_by_usage_and_those_used_alike_by_number(size):
    from mann.kernels import allocation, lanes

    usage = np.random.default_rng(0).integers(0, 9, size).astype(np.float32) / 8
    order, weights = np.empty(size, np.int32), np.empty(size, np.float32)
    spare = np.empty((3, lanes.padded(size)), np.float32)
    allocation.allocate(usage, order, weights, spare)
    np.testing.assert_array_equal(order, np.argsort(usage, kind="stable"))
    usage[:] = np.nan
    allocation.allocate(usage, order, weights, spare)
    assert 0 <= order.min() and order.max() < size


@pytest.mark.parametrize("cores", [1, 3])
def test_results_do_not_depend_on_the_threads(monkeypatch, cores):
    from mann.kernels import loop

    built = build(batch=5)
    (_, want), _ = results_and_gradients(*built, training=True)
    monkeypatch.setattr(loop, "_cores", lambda: cores)
    (_, got), _ = results_and_gradients(*built, training=True)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)
