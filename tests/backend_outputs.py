"""Writes what memories compute on this backend, as two commands for tests/test_backends.py:

python backend_outputs.py train <folder>         outputs, trained weights, and the models saved
python backend_outputs.py load <folder> <file>   outputs of the models that a folder holds
"""

import pathlib
import sys

ARGUMENTS = {
    "LRUA": {"num_read_heads": 2},
    "NTM": {
        "num_read_heads": 2,
        "num_write_heads": 2,
        "shift_range": 2,
        "controller": "feedforward",
    },
    "DNC": {
        "num_read_heads": 2,
        "num_write_heads": 2,
        "refinements": ("masked_keys", "deallocation", "sharp_links"),
    },
}


def train(folder):
    import keras
    import numpy as np

    import mann
    import mann.training  # noqa: F401
    from mann.models.compiling import choose_jit_compile

    x, y = data()
    rng = np.random.default_rng(1)
    results = {}
    for name, arguments in ARGUMENTS.items():
        inputs = keras.Input((None, 6))
        layer = getattr(mann, name)
        features = layer(8, memory_size=12, word_size=5, return_sequences=True, **arguments)(inputs)
        model = keras.Model(inputs, keras.layers.Dense(3)(features))
        model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
        results[f"{name}_outputs"] = keras.ops.convert_to_numpy(model(x))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=choose_jit_compile())
        for _ in range(3):
            model.train_on_batch(x, y)
        for i, weight in enumerate(model.get_weights()):
            results[f"{name}_trained_{i}"] = weight
        results[f"{name}_trained_outputs"] = keras.ops.convert_to_numpy(model(x))
        model.save(folder / f"{name}.keras")
    np.savez(folder / "results.npz", **results)


def load(folder, file):
    import keras
    import numpy as np

    import mann  # noqa: F401

    x, _ = data()
    models = {name: keras.models.load_model(folder / f"{name}.keras") for name in ARGUMENTS}
    outputs = {name: keras.ops.convert_to_numpy(model(x)) for name, model in models.items()}
    np.savez(file, **{f"{name}_trained_outputs": array for name, array in outputs.items()})


def data():
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 8, 6)).astype("float32"), rng.integers(0, 3, size=(4, 8))


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if "--without-tensorflow" in paths:
        # The project must not need TensorFlow where Keras runs on another backend.
        paths.remove("--without-tensorflow")
        sys.modules["tensorflow"] = None
    {"train": train, "load": load}[command](*map(pathlib.Path, paths))
