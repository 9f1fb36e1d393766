"""Writes what LRUA computes on this backend: python backend_outputs.py <file.npz>."""

import sys


def main():
    # The project must not need TensorFlow where Keras runs on another backend.
    if len(sys.argv) > 2:
        sys.modules["tensorflow"] = None
    import keras
    import numpy as np

    import mann
    import mann.experiment  # noqa: F401

    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 12, 6)).astype("float32")
    y = rng.integers(0, 3, size=(4, 12))
    results = {}
    for controller in ("lstm", "feedforward"):
        inputs = keras.Input((None, 6))
        features = mann.LRUA(8, 16, 5, 2, controller=controller, return_sequences=True)(inputs)
        model = keras.Model(inputs, keras.layers.Dense(3)(features))
        model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
        results[f"{controller}_outputs"] = model.predict(x, verbose=0)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=True)
        for _ in range(3):
            model.train_on_batch(x, y)
        for i, weight in enumerate(model.get_weights()):
            results[f"{controller}_trained_{i}"] = weight
    np.savez(sys.argv[1], **results)


if __name__ == "__main__":
    main()
