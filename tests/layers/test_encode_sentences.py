"""Sentences as vectors: against NumPy, with padding, in a model that is saved."""

import keras
import numpy as np
import pytest
from keras import ops

import mann

SENTENCES = np.array(
    [[[3, 1, 2, 0], [2, 0, 0, 0], [0, 0, 0, 0]], [[1, 2, 3, 3], [3, 2, 1, 3]] + [[0] * 4]]
)


def test_a_sentence_is_the_sum_of_its_words_by_position():
    layer = mann.EncodeSentences(vocabulary_size=4, units=5)
    got = ops.convert_to_numpy(layer(SENTENCES))
    words, positions = (ops.convert_to_numpy(weight) for weight in (layer.table, layer.positions))
    for row, vectors in zip(SENTENCES, got, strict=True):
        for sentence, vector in zip(row, vectors, strict=True):
            want = sum((words[w] * positions[j] for j, w in enumerate(sentence) if w), np.zeros(5))
            np.testing.assert_allclose(vector, want, atol=1e-6)
    # The order of words counts, also before any training.
    assert np.abs(got[1, 0] - got[1, 1]).max() > 0.01


def test_a_model_of_sentences_trains_and_is_saved(tmp_path):
    inputs = keras.Input((None, 4), dtype="int32")
    x = mann.EncodeSentences(4, 5)(inputs)
    x = mann.FastWeights(6, word_size=4, relation_size=2, return_sequences=True)(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    model.compile("adam", "mse")
    table = ops.convert_to_numpy(model.layers[1].table)
    model.fit(SENTENCES, np.ones((2, 3, 2)), verbose=0)
    assert np.all(np.abs(ops.convert_to_numpy(model.layers[1].table) - table)[1:] > 0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(SENTENCES), model(SENTENCES))


def test_half_precision():
    layer = mann.EncodeSentences(4, 5, dtype="mixed_float16")
    assert keras.backend.standardize_dtype(layer(SENTENCES).dtype) == "float16"


def test_bad_sizes_and_shapes_are_named():
    with pytest.raises(ValueError, match="`units`.*Received.*0"):
        mann.EncodeSentences(4, 0)
    with pytest.raises(ValueError, match=r"`sentences`.*known.*\(None, None, None\)"):
        mann.EncodeSentences(4, 5)(keras.Input((None, None), dtype="int32"))
