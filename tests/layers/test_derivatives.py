"""Several gradients of one pass, gradients of gradients, and gradients per example."""

import numpy as np
import pytest
from derivatives import outputs_of, square_of_gradient, two_gradients_of_one_pass, values_of
from keras import ops
from memories import (
    ON_JAX,
    gradients,
    in_double_precision,
    in_the_middle,
    list_states,
    make,
    sequences,
    some,
)

# The DNC in training is, on JAX with numba, the compiled loop.
SEVERAL = some(
    "lrua_input", "ntm_heads", "dnc", "sam", "fast", *([] if ON_JAX else ["dnc_refined"])
)
in_training_or_not = pytest.mark.parametrize("training", [True, False])


def build(name, **kwargs):
    """Returns a memory that has large weights, the first states of two sequences, and those."""
    layer = make(name, return_sequences=True, **kwargs)
    x = sequences(2, 3, 3)
    layer.build(x.shape)
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(0.5 * rng.normal(size=weight.shape))
    if "allocation_gates" in layer.cell.interface_sizes():
        # The usage has no gradient by the write weights, which numerical slopes would show.
        close_gate(layer.cell, "allocation_gates")
    rows = in_the_middle(layer.cell, 2)
    return layer, list_states(layer.cell, rows, layer.compute_dtype), x.astype(layer.compute_dtype)


def close_gate(cell, name):
    sizes = cell.interface_sizes()
    start = sum(list(sizes.values())[: list(sizes).index(name)])
    bias = ops.convert_to_numpy(cell.interface_bias).copy()
    bias[start : start + sizes[name]] = -40
    cell.interface_bias.assign(bias)


@SEVERAL
@in_training_or_not
def test_one_pass_has_several_gradients(name, training):
    layer, states, x = build(name)
    values = values_of(layer, x)
    found = two_gradients_of_one_pass(layer, states, values, training)
    for power, (_, *of_weights) in zip((2, 3), found, strict=True):

        def loss(power=power):
            return ops.sum(layer(x, initial_state=states, training=False) ** power)

        for one, other in zip(of_weights, gradients(layer, loss), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@SEVERAL
@in_training_or_not
def test_gradients_of_gradients_are_right(name, training):
    layer, states, x = build(name)
    values = values_of(layer, x)
    _, gradient = square_of_gradient(layer, states, training)
    found = gradient(values)
    direction = [np.random.default_rng(2).normal(size=v.shape) for v in values]
    with in_double_precision():
        exact, exact_states, _ = build(name, dtype="float64")
        square, _ = square_of_gradient(exact, exact_states, training=False)

        def moved(step):
            return [v.astype("float64") + step * d for v, d in zip(values, direction, strict=True)]

        slope = float(square(moved(1e-5)) - square(moved(-1e-5))) / 2e-5
    along = sum(np.sum(g * d) for g, d in zip(found, direction, strict=True))
    assert along == pytest.approx(slope, rel=5e-3)


@pytest.mark.skipif(not ON_JAX, reason="vmap is JAX's")
@some("lrua_input", "dnc", "sam")
def test_a_batch_of_batches_is_what_each_is_alone(name):
    import jax

    layer, states, x = build(name)
    x, *weights = values_of(layer, x)
    several = np.stack([x, 2 * x, -x])

    def loss(x):
        return (outputs_of(layer, states, [x, *weights], training=True) ** 2).sum()

    alone = jax.jit(jax.value_and_grad(loss))
    got = jax.jit(jax.vmap(jax.value_and_grad(loss)))(several)
    summed = jax.jit(jax.grad(lambda several: jax.vmap(loss)(several).sum()))(several)
    for i, one in enumerate(several):
        value, gradient = alone(one)
        np.testing.assert_allclose(got[0][i], value, rtol=1e-5)
        np.testing.assert_allclose(got[1][i], gradient, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(summed[i], gradient, rtol=1e-4, atol=1e-4)
