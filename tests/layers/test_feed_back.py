"""FeedBackCell and FeedBack: their own answer comes back where the inputs ask for it."""

import concurrent.futures

import keras
import numpy as np
import pytest
from derivatives import square_of_gradient, two_gradients_of_one_pass, values_of
from keras import ops
from memories import gradients, make_cell

import mann
from mann.models.compiling import choose_jit_compile

CELLS = {
    "lstm": lambda: keras.layers.LSTMCell(6),
    "gru": lambda: keras.layers.GRUCell(6),
    "stacked": lambda: keras.layers.StackedRNNCells(
        [keras.layers.LSTMCell(5), keras.layers.LSTMCell(6)]
    ),
    "dnc": lambda: mann.DNCCell(6, memory_size=4, word_size=3, num_read_heads=1),
    "ntm": lambda: make_cell("ntm_input"),
    "memories": lambda: keras.layers.StackedRNNCells([make_cell("lrua"), make_cell("dnc")]),
    "dense": lambda: mann.DenselyStackedCells([make_cell("lrua"), make_cell("fast")]),
    "dense_gates": lambda: mann.DenselyStackedCells(
        [keras.layers.LSTMCell(5), keras.layers.GRUCell(6)]
    ),
    "both": lambda: keras.layers.StackedRNNCells([keras.layers.LSTMCell(5), make_cell("lrua")]),
}
SYMBOLS = (2, 3)
SHOWN, MIXED = [0, 0, 0, 0], [1, 0, 1, 1]
with_and_without_flags = pytest.mark.parametrize("flags", [SHOWN, MIXED])


def layer_of(name, layer=mann.FeedBack, **kwargs):
    kwargs = {"return_sequences": True, **kwargs}
    layer = layer(mann.FeedBackCell(CELLS[name](), SYMBOLS), **kwargs)
    layer.build((None, None, 1 + 6 + 2))
    layer.set_weights([3 * np.random.default_rng(0).normal(size=w.shape) for w in layer.weights])
    return layer


def sequence(flags):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3, len(flags), 9)).astype("float32")
    x[:, :, 0] = flags
    x[:, np.array(flags) == 1, 1:7] = 0
    return x


@pytest.mark.parametrize("name", CELLS)
def test_shown_its_answer_or_feeding_it_back_is_the_same(name):
    layer = layer_of(name)
    own = sequence([0, 0, 1, 1, 0, 1])
    fed = ops.convert_to_numpy(layer(own))
    assert fed.shape == (3, 6, 6)
    # Its own answers, given as inputs, must make no difference.
    shown = own.copy()
    answers = np.eye(3)[fed.reshape(3, 6, *SYMBOLS).argmax(axis=-1)].reshape(3, 6, 6)
    for step in (2, 3, 5):
        shown[:, step, 0] = 0
        shown[:, step, 1:7] = answers[:, step - 1]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(shown)), fed, atol=1e-5)
    nothing = np.where(own[:, :, :1] == 1, 0, own)
    assert abs(ops.convert_to_numpy(layer(nothing)) - fed).max() > 1e-2


@pytest.mark.parametrize("name", ["stacked", "dense_gates"])
def test_it_trains_compiled_and_is_saved(name, tmp_path):
    inputs = keras.Input((None, 9))
    model = keras.Model(inputs, layer_of(name)(inputs))
    model.compile("sgd", "mse", jit_compile=choose_jit_compile())
    x = sequence([0, 1, 1])
    before = model.get_weights()
    model.fit(x, np.zeros((3, 3, 6)), verbose=0)
    assert all(np.any(one != other) for one, other in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)


def assert_all_close(got, wanted):
    for one, other in zip(got, wanted, strict=True):
        one, other = ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * max(1, abs(other).max()))


def states_of(layer):
    rng = np.random.default_rng(4)
    shapes = [state.shape for state in keras.tree.flatten(layer.get_initial_state(3))]
    return [ops.convert_to_tensor(rng.uniform(0, 0.2, shape), "float32") for shape in shapes]


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        *((name, {}) for name in ("lstm", "ntm", "dnc", "both", "dense", "dense_gates")),
        ("memories", {"go_backwards": True}),
        ("dnc", {"return_sequences": False}),
        ("dnc", {"unroll": True}),
    ],
)
@with_and_without_flags
def test_a_layer_of_it_is_what_keras_makes_of_the_cell(name, kwargs, flags):
    layer, keras_layer = (
        layer_of(name, kind, return_state=True, **kwargs)
        for kind in (mann.FeedBack, keras.layers.RNN)
    )
    x, states = sequence(flags), states_of(layer)
    for training in (False, True):

        def outputs_of(layer, training=training):
            return layer(x, initial_state=states, training=training)

        def loss_of(layer, call=outputs_of):
            return lambda: sum(ops.sum(output**2) for output in call(layer))

        assert_all_close(outputs_of(layer), outputs_of(keras_layer))
        assert_all_close(
            gradients(layer, loss_of(layer)), gradients(keras_layer, loss_of(keras_layer))
        )


@with_and_without_flags
def test_steps_that_are_masked_are_passed_over(flags):
    mask = np.array([[True, True, False, True], [False, True, True, True], [True] * 4])
    layer, keras_layer = (layer_of("dnc", kind) for kind in (mann.FeedBack, keras.layers.RNN))
    got, wanted = (
        one(sequence(flags), mask=ops.convert_to_tensor(mask), training=True)
        for one in (layer, keras_layer)
    )
    assert_all_close([got], [wanted])


@pytest.mark.parametrize("name", ["dnc", "ntm"])
@with_and_without_flags
def test_gradients_again_are_those_of_the_cell_step_by_step(name, flags):
    layer, keras_layer = (layer_of(name, kind) for kind in (mann.FeedBack, keras.layers.RNN))
    values, states = values_of(layer, sequence(flags)), states_of(layer)
    several, wanted = (
        two_gradients_of_one_pass(one, states, values, training=True)
        for one in (layer, keras_layer)
    )
    for one, other in zip(several, wanted, strict=True):
        assert_all_close(one, other)
    found, wanted = (
        square_of_gradient(one, states, training=True)[1](values) for one in (layer, keras_layer)
    )
    assert_all_close(found, wanted)


def test_threads_and_a_rematerialised_layer():
    layer = layer_of("dnc")
    with keras.RematScope(mode="full"):
        again = layer_of("dnc")
    inputs = [sequence(flags) for flags in (SHOWN, MIXED)]

    def call(x):
        return layer(x, training=True)

    wanted = [ops.convert_to_numpy(call(x)) for x in inputs]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert_all_close(pool.map(call, 2 * inputs), 2 * wanted)
    for x in inputs:

        def loss_of(layer, x=x):
            return lambda: ops.sum(layer(x, training=True) ** 2)

        assert_all_close(gradients(again, loss_of(again)), gradients(layer, loss_of(layer)))


@pytest.mark.parametrize("name", ["dnc", "memories", "lstm"])
def test_a_model_saved_with_the_layer_of_keras_loads_and_trains_on(name, tmp_path):
    x, y = sequence(MIXED), np.zeros((3, 4, 6))
    models = []
    for kind in (keras.layers.RNN, mann.FeedBack):
        inputs = keras.Input((None, 9))
        models.append(keras.Model(inputs, layer_of(name, kind)(inputs)))
        # TensorFlow takes longer to trace a step than to take it, and JAX the other way round.
        eagerly = keras.backend.backend() != "jax" and name != "dnc"
        models[-1].compile("adam", "mse", run_eagerly=eagerly, jit_compile="auto")
    old, new = models
    old.fit(x, y, verbose=0)
    old.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    new.set_weights(old.get_weights())
    new.optimizer.build(new.trainable_variables)
    for variable, value in zip(new.optimizer.variables, old.optimizer.variables, strict=True):
        # JAX gives the array of a variable away in training.
        variable.assign(np.array(ops.convert_to_numpy(value)))
    for model in (old, loaded, new):
        model.fit(x, y, verbose=0)
    for model in (loaded, new):
        assert_all_close(model.get_weights(), old.get_weights())
        assert_all_close([model.predict(x, verbose=0)], [old.predict(x, verbose=0)])


def test_it_is_a_layer_of_that_cell_alone():
    with pytest.raises(ValueError, match="`cell` must be a FeedBackCell"):
        mann.FeedBack(keras.layers.LSTMCell(3))
