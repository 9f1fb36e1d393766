"""Memories start aligned: with keys that match the words that they write."""

import keras
import numpy as np
import pytest
from keras import ops

import mann
from episodes import generate_characters
from mann.models.alignment import align_keys_with_words
from mann.training import UserError


def split_interface(layer, weight):
    """Returns a dict from the parts of an interface to their columns of a weight."""
    sizes = layer.cell.interface_sizes()
    ends = np.cumsum(list(sizes.values()))[:-1]
    parts = np.split(ops.convert_to_numpy(weight), ends, axis=-1)
    return dict(zip(sizes, parts, strict=True))


def aligned_memory(memory, width, num_features, image_shape=None):
    layer = getattr(mann, memory)(6, 9, width, 2, input_to_interface=True)
    layer.build((None, None, 2 * num_features + 3))
    align_keys_with_words(layer, num_features, image_shape)
    return layer, split_interface(layer, layer.cell.input_interface_kernel)


@pytest.mark.parametrize("memory", ["LRUA", "NTM", "DNC"])
@pytest.mark.parametrize("width", [8, 12])
def test_an_aligned_memory_looks_for_an_image_as_it_wrote_it(memory, width):
    layer, kernel = aligned_memory(memory, width, 8)
    hidden = split_interface(layer, layer.cell.interface_kernel)
    bias = split_interface(layer, layer.cell.interface_bias)
    prefix = "read_" if memory == "DNC" else ""
    keys, words = kernel[f"{prefix}keys"], kernel["words"]
    features = np.random.default_rng(0).normal(size=(5, 8))
    for head in range(2):
        key_part = slice(width * head, width * (head + 1))
        # NTM and DNC write with one head, for both to read.
        word_part = key_part if memory == "LRUA" else slice(width)
        key, word = features @ keys[8:16, key_part], features @ words[:8, word_part]
        np.testing.assert_allclose(key, word, atol=1e-6)
        # Angles stay.
        np.testing.assert_allclose(key @ key.T, 0.25 * features @ features.T, atol=1e-5)
        labels = words[16:, word_part]
        assert np.linalg.matrix_rank(labels) == 3
        if width > 8 + 3:
            np.testing.assert_allclose(labels @ word.T, 0, atol=1e-5)
            np.testing.assert_allclose(labels @ labels.T, 4 * np.eye(3), atol=1e-5)
        # Inputs other than the image's features at that step play no part, nor does the controller.
        assert not keys[:8, key_part].any() and not keys[16:, key_part].any()
        assert not hidden[f"{prefix}keys"][:, key_part].any()
        assert not bias[f"{prefix}keys"][key_part].any() and bias[f"{prefix}strengths"][head] > 5
    assert not words[8:16].any() and not hidden["words"].any()
    # The others learn from the controller as ever.
    assert hidden["write_gates" if memory == "LRUA" else "erase"].any()


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 3)])
def test_of_pixels_a_word_gets_the_lowest_frequencies(shape):
    pixels = np.prod(shape)
    _, kernel = aligned_memory("LRUA", 12, pixels, shape)
    keys, words = kernel["keys"][pixels : 2 * pixels, :12], kernel["words"][:pixels, :12]
    np.testing.assert_allclose(keys, words, atol=1e-6)
    # Of an image, 9 numbers are left: those that vary slowly, in each channel.
    assert np.linalg.matrix_rank(words) == 9
    slow, fast = np.zeros((2, *shape))
    for waves, image in ((1, slow), (5, fast)):
        image.T[..., :] = np.cos(waves * np.pi * (np.arange(6) + 0.5) / 6)
    assert np.linalg.norm(slow.ravel() @ words) == pytest.approx(0.5 * np.linalg.norm(slow))
    np.testing.assert_allclose(fast.ravel() @ words, 0, atol=1e-6)
    labels = kernel["words"][2 * pixels :, :12]
    np.testing.assert_allclose(words @ labels.T, 0, atol=1e-5)


@pytest.mark.parametrize("encoder", ["none", "conv"])
@pytest.mark.parametrize("memory", ["lrua", "ntm", "dnc", "sam"])
def test_before_any_training_a_memory_reads_where_it_wrote_the_same_drawing(
    memory, encoder, compiled_model
):
    model = compiled_model(
        model__name=memory,
        model__encoder__name=encoder,
        model__encoder__filters=16,
        model__encoder__features=16,
        model__word_size=24,
        model__memory_size=32,
    )
    features = generate_characters(6, image_size=12).images[:, 0].reshape(6, -1) / 255
    if encoder == "conv":
        # Those of an encoder that was not trained are nearly alike.
        features = np.random.default_rng(0).normal(size=(6, 16))
    labels = np.zeros((12, 3))
    labels[1:] = np.eye(3)[np.arange(11) % 3]
    twice = np.concatenate([features, features])
    sequence = np.concatenate([twice, labels], axis=-1)[None].astype("float32")
    trace = model.get_layer("memory").trace(model.get_layer("repeat_previous")(sequence))
    # A drawing is written when its label comes, a step later.
    written, read = (np.asarray(trace[f"{name}_weights"])[0, :, 0] for name in ("write", "read"))
    found = (read[6:] @ written[1:7].T).argmax(axis=1)
    assert np.mean(found == np.arange(6)) > 0.8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__variant": "paper"}, "writes words of its own: set model.variant=default, or"),
        ({"model__input_to_interface": False}, "needs model.input_to_interface=True and"),
        ({"model__encoder__repeat_previous": False}, "needs model.input_to_interface=True and"),
    ],
)
def test_a_memory_that_cannot_start_aligned_is_refused(changes, message, compiled_model):
    with pytest.raises(UserError, match=f"aligned=True .*{message}.* model.encoder.aligned=False"):
        compiled_model(**changes)
    assert compiled_model(**changes, model__encoder__aligned=False)


@pytest.mark.parametrize("name", ["lstm", "feedforward"])
def test_a_baseline_takes_the_same_inputs_and_no_alignment(name, compiled_model):
    model = compiled_model(model__name=name)
    assert model.get_layer("repeat_previous").num_features == 144
    assert isinstance(model, keras.Model) and model.output_shape == (None, None, 3)
