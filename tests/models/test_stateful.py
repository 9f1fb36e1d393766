"""A model in two parts answers as in one."""

import keras
import numpy as np
import pytest

import mann
from episodes import FewShotSampler, generate_characters
from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.models.encoder import conv_encoder
from mann.models.sequence_predictor import SequencePredictor
from mann.models.stateful import StatefulModel


def stack_densely(x):
    for _ in range(2):
        layer = mann.FastWeights(6, 4, 3, return_sequences=True)
        x = keras.layers.Concatenate()([x, layer(x)])
    return x


MEMORIES = {
    "lrua": lambda: mann.LRUA(6, 9, 4, 2, input_to_interface=True, return_sequences=True),
    "ntm": lambda: mann.NTM(6, 9, 4, return_sequences=True),
    "dnc": lambda: mann.DNC(6, 9, 4, return_sequences=True),
    "lstms": lambda: keras.Sequential(
        [keras.layers.LSTM(6, return_sequences=True), keras.layers.GRU(5, return_sequences=True)]
    ),
    "dense": lambda: stack_densely,
    "none": lambda: keras.layers.Dense(6),
}


def sequence_model(memory, labels=5, outputs=None):
    inputs = keras.Input((None, 144 + labels))
    x = EncodeImages(conv_encoder((12, 12), filters=16, features=7), (12, 12))(inputs)
    x = RepeatPrevious(7)(x)
    x = keras.layers.Dense(labels if outputs is None else 25)(MEMORIES[memory]()(x))
    if outputs is not None:
        x = keras.layers.Reshape((-1, *outputs))(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("memory", MEMORIES)
def test_in_two_parts_as_in_one(memory):
    model = sequence_model(memory)
    sequences = np.random.default_rng(0).uniform(size=(3, 7, 149)).astype("float32")
    whole = np.asarray(model(sequences))
    stateful = StatefulModel(model)
    first, states = stateful.run(sequences[:, :4])
    last, _ = stateful.run(sequences[:, 4:], states)
    np.testing.assert_allclose(np.concatenate([first, last], axis=1), whole, atol=1e-5)


@pytest.mark.parametrize("memory", ["lrua", "lstms", "dense"])
def test_queries_are_answered_as_in_sequences_of_their_own(memory):
    model = sequence_model(memory)
    sampler = FewShotSampler(generate_characters(8, image_size=12), ways=5, shots=2, queries=3)
    episode = sampler.batch(4, 2)
    scores = SequencePredictor(model, (1, 5)).score(
        episode.support.images, episode.support.labels, episode.query.images, 5
    )
    logits = np.asarray(model(episode.as_sequence().inputs))[:, -1].reshape(2, 15, 5)
    expected = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_fewer_ways_than_labels_are_told_apart_among_themselves():
    model = sequence_model("lrua", labels=9)
    sampler = FewShotSampler(generate_characters(8, image_size=12), ways=3, shots=1, queries=2)
    episode = sampler.batch(0, 2)
    scores = SequencePredictor(model, (1, 9)).score(
        episode.support.images, episode.support.labels, episode.query.images, 3
    )
    assert scores.shape == (2, 6, 3)
    np.testing.assert_allclose(np.exp(scores).sum(axis=-1), 1, atol=1e-5)


def test_strings_are_told_apart_by_all_their_letters():
    model = sequence_model("lrua", labels=25, outputs=(5, 5))
    learner = SequencePredictor(model, (5, 5))
    assert learner.most_ways == 5**5
    sampler = FewShotSampler(generate_characters(8, image_size=12), ways=7, shots=1, queries=1)
    episode = sampler.batch(0, 2)
    arguments = episode.support.images, episode.support.labels
    scores = learner.score(*arguments, episode.query.images, 7)
    states, last, codes = learner.learn(*arguments, 7)
    assert len({tuple(code) for code in codes.symbols[0]}) == 7 and last.shape == (2, 1, 25)
    query = np.concatenate([episode.query.images[:, :1].reshape(2, 1, -1), last], axis=-1)
    logits = StatefulModel(model).run(query.astype("float32"), states)[0][:, 0]
    log_letters = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    for row in range(2):
        strings = [log_letters[row, np.arange(5), code].sum() for code in codes.symbols[row]]
        expected = strings - np.log(np.exp(strings).sum())
        np.testing.assert_allclose(scores[row, 0], expected, atol=1e-4)


def test_what_is_not_a_chain_over_time_is_refused():
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, keras.layers.LSTM(4)(inputs))
    with pytest.raises(ValueError, match="must return the outputs of all steps"):
        StatefulModel(model)
    for hidden in (keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True)), model):
        with pytest.raises(ValueError, match="states that cannot be found"):
            StatefulModel(keras.Model(inputs, hidden(inputs)))
