"""Every memory in Keras's models: built, compiled, trained, saved, and in half precision."""

import zipfile

import keras
import numpy as np
import pytest
from keras import ops
from keras.src import testing
from memories import (
    MEMORIES,
    SIZES,
    UNITS,
    every,
    every_on_tensorflow,
    gradients,
    list_arguments,
    make,
    make_cell,
    one_of_each,
    sequences,
    some,
)

import mann
from mann.models.compiling import choose_jit_compile


@every_on_tensorflow
def test_save_and_load(name, tmp_path):
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, make(name, return_sequences=True)(inputs))
    x = sequences(2, 3, 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(x), loaded(x))


def test_a_model_loads_that_was_saved_when_its_classes_were_in_another_module(tmp_path):
    inputs = keras.Input((None, 3))
    hidden = make("dnc", return_sequences=True)(inputs)
    model = keras.Model(inputs, keras.layers.RNN(make_cell("dnc"), return_sequences=True)(hidden))
    model.save(tmp_path / "now.keras")
    with (
        zipfile.ZipFile(tmp_path / "now.keras") as now,
        zipfile.ZipFile(tmp_path / "before.keras", "w") as before,
    ):
        for name in now.namelist():
            content = now.read(name)
            if name == "config.json":
                assert b'"mann.layers.dnc"' in content and b'"mann.layers.dnc_cell"' in content
                content = content.replace(b'"mann.layers.dnc', b'"mann.layers.of_before')
            before.writestr(name, content)
    x = sequences(2, 3, 3)
    np.testing.assert_array_equal(model(x), keras.models.load_model(tmp_path / "before.keras")(x))


@every
def test_a_config_makes_the_same_layer_and_cell(name):
    for one in (make(name, go_backwards=True, name="memory"), make_cell(name)):
        config = one.get_config()
        for argument, value in list_arguments(name).items():
            assert config[argument] == (list(value) if isinstance(value, tuple) else value)
        assert type(one).from_config(config).get_config() == config


@some("lrua", "ntm", "dnc", "sam", "fast")
def test_the_forget_gate_starts_where_it_is_told(name):
    cell = make_cell(name, forget_bias=-3.0)
    cell.build((None, 3))
    assert cell.get_config()["forget_bias"] == -3.0
    bias = ops.convert_to_numpy(cell.bias).reshape(4, UNITS)
    np.testing.assert_array_equal(bias[1], -3)
    assert not np.any(bias[[0, 2, 3]])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.memory = make("dnc_no_links", return_sequences=True)
        self.head = keras.layers.Dense(4)

    def call(self, x):
        return self.head(self.memory(x))


def functional():
    inputs = keras.Input((None, 3))
    x = keras.layers.Masking()(inputs)
    return keras.Model(inputs, keras.layers.Dense(4)(make("lrua", return_sequences=True)(x)))


def sequential():
    return keras.Sequential([make("ntm_feedforward", return_sequences=True), keras.layers.Dense(4)])


def bidirectional():
    layer = make("ntm", return_sequences=True)
    return keras.Sequential([keras.layers.Bidirectional(layer), keras.layers.Dense(4)])


def stacked_cells():
    cells = [make_cell("lrua_paper"), make_cell("ntm_feedforward", units=6), make_cell("dnc")]
    return keras.Sequential([keras.layers.RNN(cells, return_sequences=True), keras.layers.Dense(4)])


@pytest.mark.parametrize(
    ("build", "compiled"),
    [
        (functional, choose_jit_compile()),
        (sequential, choose_jit_compile()),
        (Subclassed, choose_jit_compile()),
        # On TensorFlow without XLA, where there is no GPU.
        (bidirectional, "auto"),
        (stacked_cells, "auto"),
    ],
)
def test_compiled_training_in_every_kind_of_model(build, compiled):
    model = build()
    x, y = sequences(6, 5, 3), np.arange(30).reshape(6, 5) % 4
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.03), loss, jit_compile=compiled)
    # Before Keras 3.14 train_on_batch returned the mean of all batches so far.
    losses = model.fit(x, y, epochs=12, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    if build is functional:
        # Another batch size and another length in the same model.
        assert np.isfinite(model.train_on_batch(x[:1, :3], y[:1, :3]))


@some("lrua_paper", "ntm_heads", "dnc_refined")
def test_compiled_and_eager_agree(name):
    inputs = keras.Input((None, 3))
    layer = make(name, return_sequences=True)
    model = keras.Model(inputs, layer(keras.layers.Masking()(inputs)))
    x, y = sequences(3, 5, 3), sequences(3, 5, layer.cell.output_size, seed=1)
    target = ops.convert_to_tensor(y)
    x[1, 3:] = 0
    counts = np.any(x, axis=-1).astype("float32")

    def eager_loss():
        squares = ops.mean((model(x) - target) ** 2, axis=-1)
        return ops.sum(squares * ops.convert_to_tensor(counts)) / counts.sum()

    before, loss = model.get_weights(), eager_loss()
    eager = gradients(layer, eager_loss)
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=choose_jit_compile())
    np.testing.assert_allclose(model.train_on_batch(x, y), loss, rtol=1e-5)
    for old, new, gradient in zip(before, model.get_weights(), eager, strict=True):
        assert np.any(gradient)
        np.testing.assert_allclose(old - new, gradient, rtol=1e-3, atol=1e-5)


@every_on_tensorflow
def test_half_precision_is_near(name):
    kwargs = {"return_sequences": True}
    if name.startswith("sam"):
        # Of slots nearly as near, rounding says which are read.
        kwargs["num_neighbors"] = SIZES["memory_size"]
    layer, exact = (make(name, dtype=dtype, **kwargs) for dtype in ("mixed_float16", "float32"))
    x = sequences(2, 5, 3)
    got = layer(x)
    assert keras.backend.standardize_dtype(got.dtype) == layer.cell.compute_dtype == "float16"
    exact.build(x.shape)
    exact.set_weights(layer.get_weights())
    # What fast weights read is scaled up, and its error with it.
    atol = 0.04 if isinstance(layer, mann.FastWeights) else 0.01
    np.testing.assert_allclose(got, exact(x), atol=atol)


@pytest.mark.parametrize("memory", [mann.LRUA, mann.NTM, mann.DNC, mann.SAM])
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("units", 0),
        ("units", "5"),
        ("memory_size", -1),
        ("word_size", 2.5),
        ("num_read_heads", 0),
        ("controller", "gru"),
        ("forget_bias", "open"),
        ("addressing", "one-hot"),
    ],
)
def test_bad_arguments_are_named(memory, argument, value):
    with pytest.raises(ValueError, match=f"`{argument}`.*Received.*{value}"):
        memory(**{"units": 5, **SIZES, argument: value})


@pytest.mark.parametrize(
    ("name", "argument", "value", "others"),
    [
        ("lrua", "num_read_heads", 9, {}),
        ("lrua", "variant", "best", {}),
        ("lrua", "usage_decay", 1.5, {}),
        ("ntm", "num_write_heads", 0, {}),
        ("ntm", "shift_range", 0, {}),
        ("ntm", "shift_range", 4, {}),
        ("ntm", "min_sharpening", 0.5, {}),
        ("ntm", "min_sharpening", "2", {}),
        ("dnc", "num_write_heads", 0, {}),
        ("dnc", "refinements", "masked_keys", {}),
        ("dnc", "refinements", ("dropout",), {}),
        ("dnc", "refinements", ("sharp_links",), {"links": False}),
        ("sam", "num_neighbors", 9, {}),
        ("sam", "num_neighbors", 0, {}),
        ("sam", "num_read_heads", 9, {}),
        ("fast", "units", 0, {}),
        ("fast", "word_size", 2.5, {}),
        ("fast", "relation_size", 0, {}),
        ("fast", "num_reads", -1, {}),
        ("fast", "controller", "gru", {}),
    ],
)
def test_bad_arguments_of_one_memory_are_named(name, argument, value, others):
    shown = value[0] if isinstance(value, tuple) else value
    with pytest.raises(ValueError, match=f"`{argument}`.*Received.*{shown}"):
        make(name, **others, **{argument: value})


@one_of_each
def test_what_keras_tests_of_its_layers(name):
    with_carry = {"return_state": True} if name == "lrua" else {"return_sequences": True}
    testing.TestCase().run_layer_test(
        MEMORIES[name][0],
        {**list_arguments(name), **with_carry},
        input_shape=(3, 4, 7),
        expected_num_trainable_weights=6 if "input" in name else 5,
        expected_num_non_trainable_weights=0,
        supports_masking=True,
    )
