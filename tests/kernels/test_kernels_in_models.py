"""Keras models of a DNC that trains as compiled code: in and out of XLA, and exported."""

import keras
import numpy as np
import pytest
from backends import to_array
from dnc_in_use import build, needs_numba, on_tensorflow
from memories import make, sequences

from mann.kernels import availability
from mann.models.compiling import choose_jit_compile, use_kernels

pytestmark = needs_numba


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
    use_kernels(model)
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


def test_a_sam_predicts_as_a_kernel_too(passes):
    model = model_of(make("sam", return_sequences=True))
    expected = to_array(model(sequences(3, 5, 4)))
    model.compile("sgd", "mse", jit_compile=choose_jit_compile())
    use_kernels(model)
    np.testing.assert_allclose(model.predict(sequences(3, 5, 4), verbose=0), expected, atol=1e-5)
    assert passes == ["forward"]
    model.evaluate(sequences(3, 5, 4), sequences(3, 5, 2), verbose=0)
    assert passes == 2 * ["forward"]


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
