"""Initialises a memory so that the key of an image equals the word that was written for it."""

import math

import numpy as np
from keras import ops

from mann.layers.ntm_cell import GATE_OFFSET

# Keys and words are short, where tanh is almost linear.
_SCALE = 0.5
# The length of the label's part of a word, about half of that of the image's part.
_LABEL_LENGTH = 2.0
# Key strengths start at about this: images of any two classes have much in common, cosines near a
# half, over the encoder of a matching network, whose own strength ends near 55.
_STRENGTH = 30.0
# The parts of the interface that hold the keys and strengths of read heads, and written words.
_KEYS, _STRENGTHS = ("keys", "read_keys"), ("strengths", "read_strengths")
_WORDS = "words"
# A gate that starts open starts at the sigmoid of this, 0.95; the softmaxes start with it too.
_OPEN = 3.0


def align_keys_with_words(layer, num_features, image_shape=None, seed=0):
    """Makes a memory match images from the start: the key of an image equals its written word.

    With `mann.layers.encode_images.RepeatPrevious` the features of an image come twice: at their
    own step, to search the memory for similar images, and at the next, to be written with the
    label, which is known by then. Here the two products start with the same weights. Where a word
    has room for it, the label is orthogonal to the features, so that it does not disturb the
    search. The controller takes no part in either at first. Training continues from there.

    Pixels are more than a word holds: it gets their lowest frequencies, as many as leave room for
    the label. Blurred so, two drawings of one character have more in common than their thin lines.

    Args:
        layer: built memory layer with `input_to_interface`, whose inputs are the features of the
            image before, then those of the image, then the label of the image before.
        num_features: number of features of an image.
        image_shape: shape of an image, `(height, width)` or `(height, width, channels)`, if its
            features are its pixels. Defaults to `None`: they are not.
        seed: seed of the random projections, one for each head. Defaults to `0`.
    """
    cell = layer.cell
    sizes = cell.interface_sizes()
    starts = _find_starts(sizes)
    kernel = ops.convert_to_numpy(cell.input_interface_kernel).copy()
    hidden_kernel = ops.convert_to_numpy(cell.interface_kernel).copy()
    bias = ops.convert_to_numpy(cell.interface_bias).copy()
    keys, strengths = (next(n for n in names if n in sizes) for names in (_KEYS, _STRENGTHS))

    rng = np.random.default_rng(seed)
    num_words = sizes[_WORDS] // cell.word_size
    num_labels = len(kernel) - 2 * num_features
    kept = np.eye(num_features)
    if image_shape is not None:
        room = max(cell.word_size - num_labels, cell.word_size // 2, 1)
        kept = _make_waves(image_shape, room)
    directions = [
        _make_projections(rng, kept, num_labels, cell.word_size) for _ in range(num_words)
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


def write_in_turn(layer):
    """Makes a memory start with gates that write each word to a fresh slot, and read by content.

    Args:
        layer: built memory layer.
    """
    cell = layer.cell
    sizes = cell.interface_sizes()
    starts = _find_starts(sizes)
    bias = ops.convert_to_numpy(cell.interface_bias).copy()
    for part, values in _list_gates(cell, sizes).items():
        bias[starts[part] : starts[part] + sizes[part]] = values
    cell.interface_bias.assign(bias)


def _list_gates(cell, sizes):
    """Returns a dict from parts of the interface of a memory to their first bias."""
    if "shifts" in sizes:
        reads, writes = cell.num_read_heads, cell.num_write_heads
        # The heads that read go by content and stay there; those that write go on by a slot.
        moves = np.eye(2 * cell.shift_range + 1)[cell.shift_range :] * _OPEN
        return {
            "gates": [_OPEN - GATE_OFFSET] * reads + [-_OPEN - GATE_OFFSET] * writes,
            "shifts": np.concatenate([*[moves[0]] * reads, *[moves[1]] * writes]),
        }
    if "allocation_gates" in sizes:
        gates = {"write_gates": _OPEN, "allocation_gates": _OPEN}
        if "free_gates" in sizes:
            gates["free_gates"] = -_OPEN
        if "read_modes" in sizes:
            writes = cell.num_write_heads
            by_content = np.eye(1 + 2 * writes)[writes] * _OPEN
            gates["read_modes"] = np.tile(by_content, cell.num_read_heads)
        return gates
    # To the least used slot, not to where it read last.
    return {"write_gates": -_OPEN}


def _find_starts(sizes):
    return dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))


def _make_projections(rng, kept, num_labels, word_size):
    """Returns projections of features and of labels to words, orthogonal if there is room.

    Args:
        rng: `numpy.random.Generator`.
        kept: array `(features, numbers)`, projection to what a word keeps of the features.
        num_labels: length of a label.
        word_size: length of a word.
    """
    num_kept = kept.shape[1]
    basis = _sample_orthogonal(rng, max(num_kept, word_size))[:, :word_size]
    features, rest = np.split(basis, [num_kept])
    room = rest if len(rest) else basis
    mixed = _sample_orthogonal(rng, max(num_labels, len(room)))[:num_labels, : len(room)]
    return kept @ features, mixed @ room


def _sample_orthogonal(rng, side):
    return np.linalg.qr(rng.normal(size=(side, side)))[0]


def _make_waves(image_shape, most):
    """Returns the cosine waves of lowest frequency over an image, orthonormal `(pixels, waves)`.

    Args:
        image_shape: `(height, width)` or `(height, width, channels)`.
        most: the most waves to return.
    """
    height, width, *channels = image_shape
    sizes = height, width, math.prod(channels)
    rows, columns, _ = np.indices(sizes)
    lowest = np.argsort(rows**2 + columns**2, axis=None, kind="stable")[:most]
    rows, columns, channels = np.unravel_index(lowest, sizes)
    vertical, horizontal = _make_cosines(height)[:, rows], _make_cosines(width)[:, columns]
    waves = np.einsum("hn,wn,cn->hwcn", vertical, horizontal, np.eye(sizes[2])[:, channels])
    return waves.reshape(-1, len(lowest))


def _make_cosines(length):
    """Returns the orthonormal cosines of a line of pixels, one a column."""
    angles = np.outer(np.arange(length) + 0.5, np.arange(length)) * np.pi / length
    return np.cos(angles) * np.sqrt(np.where(np.arange(length), 2, 1) / length)
