"""The graphs of all kinds of few-shot models answer as their predictors do."""

import keras
import numpy as np
import pytest
from untrained import KINDS

from mann.export.graphs import make_graph
from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.layers.lrua import LRUA
from mann.models.encoder import conv_encoder
from mann.models.maml import MAML
from mann.models.matching import MatchingNetwork
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.predictors import make_predictor
from mann.pretrained import load_predictor


def draw(image_shape, ways, shots, queries):
    rng = np.random.default_rng(ways)
    labels = rng.permutation(np.arange(ways, dtype="int32").repeat(shots))
    support, query = (
        rng.random((number, *image_shape), dtype="float32") for number in (len(labels), queries)
    )
    return support, labels, query


def answers_as(graph, predictor, episode):
    support, labels, query = episode
    ways = int(labels.max()) + 1
    expected = np.exp(predictor.score(support[None], labels[None], query[None], ways)[0])
    answer = graph(*map(keras.ops.convert_to_tensor, episode))["probabilities"]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(answer), expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_answers_as_its_predictor(kind, run_of):
    predictor, form = load_predictor(run_of(kind))
    graph = make_graph(predictor)
    for numbers in ((3, 1, 1), (2, 3, 4)):
        answers_as(graph, predictor, draw(form.shape, *numbers))
    unrolled = make_graph(predictor, ways=3, unroll=True)
    answers_as(unrolled, predictor, draw(form.shape, 3, 2, 2))


def make_sequence_model(image_shape):
    inputs = keras.Input((None, np.prod(image_shape) + 5))
    features = EncodeImages(conv_encoder(image_shape, 16, 8), image_shape)(inputs)
    features = RepeatPrevious(8)(features)
    outputs = LRUA(8, memory_size=6, word_size=4, num_read_heads=1, return_sequences=True)(features)
    return keras.Model(inputs, keras.layers.Dense(5)(outputs))


def make_network(image_shape):
    layers = [keras.Input(image_shape), conv_encoder(image_shape, 16, 8), keras.layers.Dense(5)]
    return MAML(keras.Sequential(layers))


@pytest.mark.parametrize(
    "make",
    [
        lambda shape: MatchingNetwork(conv_encoder(shape, 16, 8)),
        lambda shape: NearestNeighbor(conv_encoder(shape, 16, 8)),
        make_network,
        make_sequence_model,
    ],
)
def test_images_may_have_colours(make):
    image_shape = (10, 8, 3)
    model = make(image_shape)
    if not model.built:
        images = (None, None, *image_shape)
        labels = (None, None, 5)
        model.build({"support_images": images, "support_labels": labels, "query_images": images})
    predictor = make_predictor(model, (1, 5))
    answers_as(make_graph(predictor), predictor, draw(image_shape, 4, 2, 3))


def test_the_first_of_several_nearest_images_answers(run_of):
    predictor, form = load_predictor(run_of("nearest_neighbor"))
    image = np.ones((1, *form.shape), "float32")
    support, labels = image.repeat(4, axis=0), np.array([2, 0, 1, 0], "int32")
    answers_as(make_graph(predictor), predictor, (support, labels, image))
