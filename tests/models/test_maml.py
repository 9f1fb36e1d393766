"""MAML against its derivatives taken by hand, where they are short."""

import keras
import numpy as np
import pytest

from mann.models.maml import MAML


def linear(rng):
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    network.set_weights([rng.normal(size=weight.shape) for weight in network.get_weights()])
    return network


def softmax(logits):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def episode(rng):
    return {
        "support_images": rng.normal(size=(2, 4, 3)).astype("float32"),
        "support_labels": np.eye(2, dtype="float32")[rng.integers(2, size=(2, 4))],
        "query_images": rng.normal(size=(2, 5, 3)).astype("float32"),
    }


@pytest.mark.parametrize("inner_steps", [1, 3])
def test_adapts_by_gradient_descent_on_the_support(inner_steps):
    rng = np.random.default_rng(0)
    network, batch = linear(rng), episode(rng)
    logits = np.asarray(MAML(network, inner_steps, inner_learning_rate=0.5)(batch))
    for row in range(2):
        kernel, bias = (weight.astype("float64") for weight in network.get_weights())
        x, y = batch["support_images"][row], batch["support_labels"][row]
        for _ in range(inner_steps):
            error = (softmax(x @ kernel + bias) - y) / len(x)
            kernel, bias = kernel - 0.5 * x.T @ error, bias - 0.5 * error.sum(axis=0)
        expected = batch["query_images"][row] @ kernel + bias
        np.testing.assert_allclose(logits[row], expected, atol=1e-4)


@pytest.mark.parametrize("first_order", [False, True])
def test_training_follows_the_gradient_of_the_adapted_loss(first_order):
    rng = np.random.default_rng(1)
    network, batch = linear(rng), episode(rng)
    targets = rng.integers(2, size=(2, 5))
    model = MAML(network, inner_learning_rate=0.8, first_order=first_order)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1.0), loss)
    before = [weight.astype("float64") for weight in network.get_weights()]
    model.train_on_batch(batch, targets)
    moved = [old - new for old, new in zip(before, network.get_weights(), strict=True)]

    def adapted(weights):
        kernels = []
        for row in range(2):
            x, y = batch["support_images"][row], batch["support_labels"][row]
            error = (softmax(x @ weights[0] + weights[1]) - y) / len(x)
            kernels.append((0.8 * x.T @ error, 0.8 * error.sum(axis=0)))
        return kernels

    def loss_of(weights, steps):
        total = 0
        for row, (kernel, bias) in enumerate(steps):
            logits = batch["query_images"][row] @ (weights[0] - kernel) + weights[1] - bias
            total -= np.log(softmax(logits)[np.arange(5), targets[row]]).mean() / 2
        return total

    fixed = adapted(before)
    for which, weight in enumerate(before):
        for place in np.ndindex(weight.shape):
            slopes = []
            for sign in (1, -1):
                shifted = [array.copy() for array in before]
                shifted[which][place] += sign * 1e-5
                # To first order, the steps taken stay as they are.
                steps = fixed if first_order else adapted(shifted)
                slopes.append(sign * loss_of(shifted, steps))
            assert moved[which][place] == pytest.approx(sum(slopes) / 2e-5, abs=2e-4)


def test_nothing_passes_from_one_query_to_another():
    rng = np.random.default_rng(2)
    model, batch = MAML(linear(rng)), episode(rng)
    together = np.asarray(model(batch))
    alone = np.asarray(model({**batch, "query_images": batch["query_images"][:, 3:4]}))
    np.testing.assert_allclose(alone[:, 0], together[:, 3], atol=1e-5)


def test_saved_and_loaded(tmp_path):
    rng = np.random.default_rng(3)
    model, batch = MAML(linear(rng), inner_steps=2, first_order=True), episode(rng)
    expected = np.asarray(model(batch))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.first_order and loaded.inner_steps == 2
    np.testing.assert_allclose(np.asarray(loaded(batch)), expected, atol=1e-5)
