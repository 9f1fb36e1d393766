"""What tests of SequenceSampler read from its batches, and how they compare them."""

import numpy as np


def labels_shown(sampler, inputs):
    return inputs[..., -sampler.ways :]


def class_of_label(targets, code, label):
    """Returns the class behind `label` in each sequence."""
    return code.classes[np.arange(len(targets)), (targets == label).argmax(axis=1)]


def assert_close_to_chance(hits, chance):
    standard_error = np.sqrt(chance * (1 - chance) / hits.size)
    assert abs(hits.mean() - chance) < 4 * standard_error


def assert_equal_batches(batch, other):
    for array, expected in zip(batch, other, strict=True):
        np.testing.assert_array_equal(array, expected)
