"""FeedBackCell: its own answer comes back where the inputs ask for it."""

import keras
import numpy as np
import pytest
from keras import ops

import mann
from mann.models.compiling import jit_compile

CELLS = {
    "lstm": lambda: keras.layers.LSTMCell(6),
    "gru": lambda: keras.layers.GRUCell(6),
    "stacked": lambda: keras.layers.StackedRNNCells(
        [keras.layers.LSTMCell(5), keras.layers.LSTMCell(6)]
    ),
    "dnc": lambda: mann.DNCCell(6, memory_size=4, word_size=3, num_read_heads=1),
}
SYMBOLS = (2, 3)


def layer_of(name):
    keras.utils.set_random_seed(1)
    layer = keras.layers.RNN(mann.FeedBackCell(CELLS[name](), SYMBOLS), return_sequences=True)
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
    # What it answered, given as an input, must make no difference.
    shown = own.copy()
    answers = np.eye(3)[fed.reshape(3, 6, *SYMBOLS).argmax(axis=-1)].reshape(3, 6, 6)
    for step in (2, 3, 5):
        shown[:, step, 0] = 0
        shown[:, step, 1:7] = answers[:, step - 1]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(shown)), fed, atol=1e-5)
    nothing = np.where(own[:, :, :1] == 1, 0, own)
    assert abs(ops.convert_to_numpy(layer(nothing)) - fed).max() > 1e-2


def test_it_trains_compiled_and_is_saved(tmp_path):
    inputs = keras.Input((None, 9))
    model = keras.Model(inputs, layer_of("stacked")(inputs))
    model.compile("sgd", "mse", jit_compile=jit_compile())
    x = sequence([0, 1, 1])
    before = model.get_weights()
    model.fit(x, np.zeros((3, 3, 6)), verbose=0)
    assert all(np.any(one != other) for one, other in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)
