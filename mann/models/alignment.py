"""Starts a memory so that the key made of an image is the word that was written for it."""

import numpy as np
from keras import ops

# Short keys and words, where tanh hardly bends.
_SCALE = 0.5
# Of what a label adds to a word, about half of the length of an image's part.
_LABEL_LENGTH = 2.0
# Key strengths start at about this: images of any two classes have much in common, cosines near a
# half, over the encoder of a matching network, whose own strength ends near 55.
_STRENGTH = 30.0
# The parts of the interface that read heads look for and by, and those that are written.
_KEYS, _STRENGTHS = ("keys", "read_keys"), ("strengths", "read_strengths")
_WORDS = "words"


def align_keys_with_words(layer, num_features, seed=0):
    """Makes a memory match images from the start: the key of an image is the word written for it.

    With `mann.layers.encode_images.RepeatPrevious` the features of an image come twice: at their
    own step, when the memory is to be searched for images like it, and at the next, when its label
    is known and both are to be written. Here the two products start with the same weights. Where a
    word has room for it, the label goes in at right angles to the features, so that it does not
    disturb the search; the controller takes no part in either at first. Training goes on from
    there.

    Args:
        layer: built memory layer with `input_to_interface`, whose inputs are the features of the
            image before, then those of the image, then the label of the image before.
        num_features: of an image.
        seed: of the projections, a random one for each head. Defaults to `0`.
    """
    cell = layer.cell
    sizes = cell.interface_sizes()
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))
    kernel = ops.convert_to_numpy(cell.input_interface_kernel).copy()
    hidden_kernel = ops.convert_to_numpy(cell.interface_kernel).copy()
    bias = ops.convert_to_numpy(cell.interface_bias).copy()
    keys, strengths = (next(n for n in names if n in sizes) for names in (_KEYS, _STRENGTHS))

    rng = np.random.default_rng(seed)
    num_words = sizes[_WORDS] // cell.word_size
    num_labels = len(kernel) - 2 * num_features
    directions = [
        _features_and_labels(rng, num_features, num_labels, cell.word_size)
        for _ in range(num_words)
    ]
    for part, heads in ((keys, cell.num_read_heads), (_WORDS, num_words)):
        for head in range(heads):
            first = starts[part] + head * cell.word_size
            columns = slice(first, first + cell.word_size)
            features, labels = directions[head % num_words]
            kernel[:, columns] = hidden_kernel[:, columns] = 0
            if part == keys:
                kernel[num_features : 2 * num_features, columns] = _SCALE * features
            else:
                kernel[:num_features, columns] = _SCALE * features
                kernel[2 * num_features :, columns] = _LABEL_LENGTH * labels
    first = starts[strengths]
    bias[first : first + cell.num_read_heads] = _STRENGTH
    cell.input_interface_kernel.assign(kernel)
    cell.interface_kernel.assign(hidden_kernel)
    cell.interface_bias.assign(bias)


def _features_and_labels(rng, num_features, num_labels, word_size):
    """Returns the words of single features and labels, the labels at right angles to features."""
    basis = _orthogonal(rng, max(num_features, word_size))[:, :word_size]
    features, rest = np.split(basis, [num_features])
    room = rest if len(rest) else basis
    mixed = _orthogonal(rng, max(num_labels, len(room)))[:num_labels, : len(room)]
    return features, mixed @ room


def _orthogonal(rng, side):
    return np.linalg.qr(rng.normal(size=(side, side)))[0]
