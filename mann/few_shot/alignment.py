"""Starts a memory so that the key made of an image is the word that was written for it."""

import numpy as np
from keras import ops

# Short keys and words, where tanh hardly bends.
_SCALE = 0.5
# The parts of the interface that read heads look for, and those that are written.
_KEYS, _WORDS = ("keys", "read_keys"), "words"


def align_keys_with_words(layer, num_features, seed=0):
    """Gives keys and words one projection of features, so that a memory matches from the start.

    With `mann.layers.encode_images.RepeatPrevious` the features of an image come twice: at their
    own step, when the memory is to be searched for images like it, and at the next, when its label
    is known and both are to be written. Here the two products start with the same weights: the
    word that a head writes for an image is the key that it looks for it by. Training goes on from
    there.

    Args:
        layer: built memory layer with `input_to_interface`, whose inputs begin with the features
            of the image before, then those of the image.
        num_features: of an image.
        seed: of the projections, a random one for each head. Defaults to `0`.
    """
    cell = layer.cell
    kernel = ops.convert_to_numpy(cell.input_interface_kernel).copy()
    before, now = slice(0, num_features), slice(num_features, 2 * num_features)
    starts, start = {}, 0
    for name, size in cell.interface_sizes().items():
        starts[name] = start
        start += size
    keys = next(name for name in _KEYS if name in starts)
    num_words = cell.interface_sizes()[_WORDS] // cell.word_size
    rng = np.random.default_rng(seed)
    projections = [_projection(rng, num_features, cell.word_size) for _ in range(num_words)]
    for part, heads, rows in ((keys, cell.num_read_heads, now), (_WORDS, num_words, before)):
        for head in range(heads):
            first = starts[part] + head * cell.word_size
            columns = slice(first, first + cell.word_size)
            kernel[: 2 * num_features, columns] = 0
            kernel[rows, columns] = projections[head % num_words]
    cell.input_interface_kernel.assign(kernel)


def _projection(rng, num_features, word_size):
    """Returns a random matrix that keeps angles as far as the smaller side lets it."""
    side = max(num_features, word_size)
    return _SCALE * np.linalg.qr(rng.normal(size=(side, side)))[0][:num_features, :word_size]
