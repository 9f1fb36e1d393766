"""Writes what memories compute on this backend, for tests/test_backends.py:

python backend_outputs.py <folder> [<folder of another backend> ...]

A folder gets outputs, trained weights and the models themselves, once; and, for each other folder,
the outputs of the models in it.
"""

import os
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


def write_outputs(folder, others):
    if not (folder / "results.npz").exists():
        _train(folder)
    for other in others:
        _load(other, folder / f"{other.name}.npz")


def _train(folder):
    import keras
    import numpy as np

    import mann
    import mann.training  # noqa: F401

    x, y = _data()
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
        model.compile(keras.optimizers.SGD(0.1), loss)
        for _ in range(3):
            model.train_on_batch(x, y)
        for i, weight in enumerate(model.get_weights()):
            results[f"{name}_trained_{i}"] = weight
        results[f"{name}_trained_outputs"] = keras.ops.convert_to_numpy(model(x))
        model.save(folder / f"{name}.keras")
    np.savez(folder / "results.npz", **results)


def _load(folder, file):
    import keras
    import numpy as np

    import mann  # noqa: F401

    x, _ = _data()
    models = {name: keras.models.load_model(folder / f"{name}.keras") for name in ARGUMENTS}
    outputs = {name: keras.ops.convert_to_numpy(model(x)) for name, model in models.items()}
    np.savez(file, **{f"{name}_trained_outputs": array for name, array in outputs.items()})


def _data():
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 8, 6)).astype("float32"), rng.integers(0, 3, size=(4, 8))


if __name__ == "__main__":
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        # The project must not need TensorFlow where Keras runs on another backend.
        sys.modules["tensorflow"] = None
    first, *others = map(pathlib.Path, sys.argv[1:])
    write_outputs(first, others)
