"""The memory network against the equations of its paper in NumPy, one sentence at a time."""

import keras
import numpy as np
import pytest
from keras import ops
from memories import in_double_precision

import mann
from mann.models.compiling import choose_jit_compile

VOCABULARY, UNITS, MEMORIES, WORDS, HOPS = 9, 4, 5, 3, 2
WAYS = [(tying, encoding) for tying in ("adjacent", "layer_wise") for encoding in ("position", "bag_of_words")]  # fmt: skip  # noqa: E501


@pytest.fixture
def stories():
    # An empty memory at the end of the first story and in the middle of the second; a story of
    # nothing.
    words = np.random.default_rng(0).integers(1, VOCABULARY, (3, MEMORIES, WORDS)).astype("int32")
    words[0, 4] = words[1, 2] = words[2] = 0
    words[0, 1, 2:] = words[1, 0, 1:] = 0
    return words


@pytest.fixture
def questions():
    return np.array([[3, 1, 0], [5, 2, 4], [8, 0, 0]], "int32")


def build(stories, questions, **kwargs):
    layer = mann.MemoryNetwork(VOCABULARY, UNITS, MEMORIES, num_hops=HOPS, **kwargs)
    layer.build(stories.shape, questions.shape)
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    return layer


def sentence(words, table, encoding):
    words = [word for word in words if word]
    vector = np.zeros(UNITS)
    for j, word in enumerate(words, 1):
        for k in range(1, UNITS + 1):
            weight = 2 * ((1 - j / len(words)) - (k / UNITS) * (1 - 2 * j / len(words)))
            vector[k - 1] += table[word, k - 1] * (weight if encoding == "position" else 1)
    return vector


def transcription(layer, story, question, linear=False):
    """Returns the logits of one question, and its attention in each hop, in float64."""
    w = {weight.name: np.asarray(weight.value, "float64") for weight in layer.weights}
    adjacent = layer.tying == "adjacent"
    filled = [i for i in range(len(story)) if any(story[i])]
    u = sentence(question, w["embedding_0" if adjacent else "question_embedding"], layer.encoding)
    attention = np.zeros((HOPS, len(story)))
    for hop in range(HOPS):
        a, c = (hop, hop + 1) if adjacent else (0, 1)
        read = np.zeros(UNITS)
        scores = {
            i: u @ (sentence(story[i], w[f"embedding_{a}"], layer.encoding) + w[f"time_{a}"][i])
            for i in filled
        }
        total = sum(np.exp(score) for score in scores.values())
        if not layer.mask_empty:
            total += len(story) - len(scores)
        for i, score in scores.items():
            attention[hop, i] = score if linear else np.exp(score) / total
            value = sentence(story[i], w[f"embedding_{c}"], layer.encoding) + w[f"time_{c}"][i]
            read += attention[hop, i] * value
        u = read + (u if adjacent else u @ w["between_hops"])
    answers = w[f"embedding_{HOPS}" if adjacent else "answer_embedding"]
    return answers @ u, attention


@pytest.mark.parametrize("tying, encoding", WAYS)
@pytest.mark.parametrize("mask_empty, linear", [(True, False), (False, False), (True, True)])
def test_it_follows_the_equations(tying, encoding, mask_empty, linear, stories, questions):
    layer = build(
        stories,
        questions,
        tying=tying,
        encoding=encoding,
        mask_empty=mask_empty,
        linear_start=int(linear),
    )
    logits, attention = layer(stories, questions, return_attention_scores=True)
    for i in range(len(stories)):
        expected = transcription(layer, stories[i], questions[i], linear)
        np.testing.assert_allclose(logits[i], expected[0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(attention[i], expected[1], rtol=1e-4, atol=1e-5)


def test_float64_is_float64_all_through(stories, questions):
    with in_double_precision():
        layer = build(stories, questions, dtype="float64")
        logits = layer(stories, questions)
        assert keras.backend.standardize_dtype(logits.dtype) == "float64"
        for i in range(len(stories)):
            expected, _ = transcription(layer, stories[i], questions[i])
            np.testing.assert_allclose(logits[i], expected, rtol=1e-12, atol=1e-12)


def test_more_sentences_than_memories_are_refused_whenever_they_come(stories, questions):
    layer = build(stories[:, :2], questions)
    layer(stories, questions)
    more = np.concatenate([stories, stories], axis=1)
    with pytest.raises(
        ValueError, match=f"`stories` must hold at most as many .* says, {MEMORIES},"
    ):
        layer(more, questions)


def test_fewer_sentences_are_as_empty_memories(stories, questions):
    layer = build(stories, questions)
    stories[:, 3:] = 0
    np.testing.assert_allclose(
        layer(stories, questions), layer(stories[:, :3], questions), rtol=1e-4, atol=1e-5
    )


def test_the_linear_start_ends_after_its_training_batches(stories, questions):
    """It survives saving, and a batch that is only predicted does not count."""
    inputs = [keras.Input(array.shape[1:], dtype="int32") for array in (stories, questions)]
    layer = mann.MemoryNetwork(VOCABULARY, UNITS, MEMORIES, num_hops=HOPS, linear_start=2)
    model = keras.Model(inputs, layer(*inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=choose_jit_compile())

    def assert_linear(linear):
        layer = model.layers[-1]
        expected = transcription(layer, stories[0], questions[0], linear)[0]
        np.testing.assert_allclose(
            model.predict_on_batch([stories, questions])[0], expected, rtol=1e-4, atol=1e-5
        )

    assert_linear(True)
    for linear in (True, False):
        model.train_on_batch([stories, questions], np.array([1, 2, 3]))
        assert_linear(linear)
    model.train_on_batch([stories, questions], np.array([1, 2, 3]))


def test_it_is_saved_whole(stories, questions, tmp_path):
    inputs = [keras.Input(array.shape[1:], dtype="int32") for array in (stories, questions)]
    layer = mann.MemoryNetwork(
        VOCABULARY, UNITS, MEMORIES, HOPS, "layer_wise", "bag_of_words", False, linear_start=3
    )
    model = keras.Model(inputs, layer(*inputs, return_attention_scores=True))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for ours, theirs in zip(model([stories, questions]), loaded([stories, questions]), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.layers[-1].get_config() == layer.get_config()


def test_it_learns_which_sentence_counts():
    """Each story holds one sentence that starts with the question's word: its last word answers."""
    rng = np.random.default_rng(0)
    keys = np.stack([rng.permutation(4) + 1 for _ in range(256)])
    values = rng.integers(5, 9, (256, 4))
    stories = np.stack([keys, values], axis=-1).astype("int32")
    questions = rng.integers(1, 5, (256, 1)).astype("int32")
    answers = values[keys == questions]
    inputs = [keras.Input(array.shape[1:], dtype="int32") for array in (stories, questions)]
    keras.utils.set_random_seed(0)
    layer = mann.MemoryNetwork(VOCABULARY, 16, 4, num_hops=1, linear_start=20)
    model = keras.Model(inputs, layer(*inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(0.02), loss, metrics=["accuracy"], jit_compile=choose_jit_compile()
    )
    model.fit([stories, questions], answers, batch_size=32, epochs=20, verbose=0)
    assert model.evaluate([stories, questions], answers, verbose=0)[1] > 0.9
    attention = ops.convert_to_numpy(layer(stories, questions, return_attention_scores=True)[1])
    assert np.mean(keys[np.arange(256), attention[:, 0].argmax(axis=-1)] == questions[:, 0]) > 0.9


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"units": 0}, "`units` must be an int of 1 or more. Received: 0"),
        ({"tying": "both"}, "`tying` must be one of .*'layer_wise'.*Received: 'both'"),
        ({"encoding": "none"}, "`encoding` must be one of .*'bag_of_words'"),
        ({"linear_start": -1}, "`linear_start` must be an int of 0 or more. Received: -1"),
        ({"memory_size": 2}, r"at most as many sentences as `memory_size` says, 2,.*\(3, 5, 3\)"),
    ],
)
def test_bad_arguments_are_named(arguments, message, stories, questions):
    good = {"vocabulary_size": VOCABULARY, "units": UNITS, "memory_size": MEMORIES}
    with pytest.raises(ValueError, match=message):
        mann.MemoryNetwork(**(good | arguments))(stories, questions)
