"""Prototypical, matching and nearest-neighbour models against NumPy, and without leaks."""

import keras
import numpy as np
import pytest
from scipy.special import log_softmax

from mann.models.encoder import conv_encoder
from mann.models.maml import MAML
from mann.models.matching import MatchingNetwork
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.predictors import ComparingPredictor, NeighborPredictor, make_predictor
from mann.models.prototypical import PrototypicalNetwork

KINDS = (PrototypicalNetwork, MatchingNetwork, NearestNeighbor)


@pytest.fixture
def episode():
    rng = np.random.default_rng(0)
    labels = np.array([[0, 1, 2, 2, 1, 0], [2, 2, 0, 1, 1, 0]])
    return {
        "support_images": rng.uniform(size=(2, 6, 8, 8)).astype("float32"),
        "support_labels": np.eye(3, dtype="float32")[labels],
        "query_images": rng.uniform(size=(2, 4, 8, 8)).astype("float32"),
    }


def pixels(kind):
    layers = [keras.Input((8, 8)), keras.layers.Rescaling(1.0), keras.layers.Flatten()]
    return kind(keras.Sequential(layers))


def flat(images):
    return images.reshape(*images.shape[:2], -1).astype("float64")


def test_prototypes_are_the_means_of_the_support(episode):
    logits = np.asarray(pixels(PrototypicalNetwork)(episode))
    for row in range(2):
        support, query = flat(episode["support_images"])[row], flat(episode["query_images"])[row]
        labels = episode["support_labels"][row].argmax(-1)
        means = np.stack([support[labels == label].mean(axis=0) for label in range(3)])
        expected = -((query[:, None] - means) ** 2).sum(axis=-1)
        np.testing.assert_allclose(logits[row], expected, rtol=1e-4)


def test_matching_is_attention_over_cosines(episode):
    logits = np.asarray(pixels(MatchingNetwork)(episode))
    for row in range(2):
        support, query = flat(episode["support_images"])[row], flat(episode["query_images"])[row]
        support, query = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (support, query))
        attention = np.exp(np.exp(2.3) * query @ support.T)
        attention /= attention.sum(axis=-1, keepdims=True)
        expected = attention @ episode["support_labels"][row]
        np.testing.assert_allclose(np.exp(logits[row]), expected, atol=1e-4)


def test_scikit_learn_finds_the_neighbour_that_the_model_finds(episode):
    model = pixels(NearestNeighbor)
    labels = episode["support_labels"].argmax(-1)
    scores = NeighborPredictor(model).score(
        episode["support_images"], labels, episode["query_images"], 3
    )
    np.testing.assert_array_equal(scores.argmax(-1), np.asarray(model(episode)).argmax(-1))
    # A support image as a query is its own nearest neighbour.
    scores = NeighborPredictor(model).score(
        episode["support_images"], labels, episode["support_images"], 3
    )
    np.testing.assert_array_equal(scores.argmax(-1), labels)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_follow_the_labels_and_not_the_order(kind, episode):
    model = kind(conv_encoder((8, 8), filters=16, features=5))
    logits = np.asarray(model(episode))
    order, relabel = np.random.default_rng(0).permutation(6), np.array([2, 0, 1])
    shuffled = {
        "support_images": episode["support_images"][:, order],
        "support_labels": episode["support_labels"][:, order][..., relabel],
        "query_images": episode["query_images"],
    }
    np.testing.assert_allclose(np.asarray(model(shuffled)), logits[..., relabel], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_passes_from_one_query_to_another(kind, episode):
    model = kind(conv_encoder((8, 8), filters=16, features=5))
    together = np.asarray(model(episode))
    for query in range(4):
        alone = {**episode, "query_images": episode["query_images"][:, query : query + 1]}
        np.testing.assert_allclose(
            np.asarray(model(alone))[:, 0], together[:, query], rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_without_support_is_not_answered(kind, episode):
    episode["support_labels"][..., 1] = 0
    logits = np.asarray(pixels(kind)(episode))
    assert np.all(logits[..., 1] < -1e8) and np.all(logits[..., [0, 2]] > -1e8)


def maml(ways):
    layers = [keras.Input((8, 8)), conv_encoder((8, 8), 16, 5), keras.layers.Dense(ways)]
    return MAML(keras.Sequential(layers))


@pytest.mark.parametrize("kind", [PrototypicalNetwork, MatchingNetwork, "maml"])
@pytest.mark.parametrize("support, queries", [(6, 4), (3, 1), (5, 11)])
def test_predictors_answer_as_the_model_whatever_they_pad(kind, support, queries):
    model = maml(ways=3) if kind == "maml" else kind(conv_encoder((8, 8), filters=16, features=5))
    rng = np.random.default_rng(0)
    labels = np.stack([rng.permutation(np.arange(support) % 3) for _ in range(2)])
    episode = {
        "support_images": rng.uniform(size=(2, support, 8, 8)).astype("float32"),
        "support_labels": np.eye(3, dtype="float32")[labels],
        "query_images": rng.uniform(size=(2, queries, 8, 8)).astype("float32"),
    }
    expected = log_softmax(keras.ops.convert_to_numpy(model(episode)), axis=-1)
    learner = make_predictor(model, label_shape=None)
    scores = learner.score(episode["support_images"], labels, episode["query_images"], 3)
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    features = learner.encode(episode["query_images"])
    assert features.shape == (2, queries, 5)
    np.testing.assert_allclose(
        learner.encode(episode["query_images"][1:, -1:])[0, 0], features[1, -1], atol=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded(kind, episode, tmp_path):
    model = kind(conv_encoder((8, 8), filters=16, features=5))
    expected = np.asarray(model(episode))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(np.asarray(loaded(episode)), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [PrototypicalNetwork, MatchingNetwork])
def test_learns_to_tell_two_classes_apart(kind):
    from episodes import FewShotSampler, generate_characters, numpy_batches

    sampler = FewShotSampler(generate_characters(60, image_size=16), ways=5, shots=1, queries=5)
    model = kind(conv_encoder((16, 16), filters=16, features=16))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss)
    losses = []
    for pair in numpy_batches(sampler, batch_size=4, num_batches=40):
        # Before Keras 3.14 train_on_batch returned the mean of all batches so far.
        model.reset_metrics()
        losses.append(float(np.asarray(model.train_on_batch(*pair))))
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:3])


def test_by_instance_an_image_is_compared_with_those_before_it():
    from episodes import FewShotDataset, SequenceSampler

    # All drawings of a class are alike: a second one is always recognised.
    images = np.random.default_rng(0).integers(0, 256, (6, 1, 8, 8), np.uint8).repeat(4, axis=1)
    sampler = SequenceSampler(FewShotDataset(images, "abcdef"), ways=3, instances=4)
    batch = sampler.batch(0, 20)
    for learner in (
        ComparingPredictor(pixels(PrototypicalNetwork)),
        NeighborPredictor(pixels(KINDS[2])),
    ):
        answers = learner.predict(batch, (8, 8), 3)
        right = answers == batch.targets
        assert right[batch.instances > 1].all()
        # A new class is answered with one that has come before.
        assert not right[:, 1:][batch.instances[:, 1:] == 1].any()
    encoder = conv_encoder((8, 8))
    with pytest.raises(ValueError, match="`filters` must be a multiple of 16"):
        conv_encoder((8, 8), filters=20)
    assert encoder.output_shape == (None, 64)
