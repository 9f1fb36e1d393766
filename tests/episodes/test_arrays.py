"""Tests of episodes/arrays.py: labelled arrays, good and bad."""

import numpy as np
import pytest

from episodes.arrays import dataset_from_arrays


def test_arrays_with_labels():
    images = np.linspace(0, 1, 5 * 4, dtype=np.float32).reshape(5, 2, 2)
    dataset = dataset_from_arrays(images, [7, 3, 7, 3, 7])
    assert dataset.class_names == ("3", "7") and dataset.counts.tolist() == [2, 3]
    np.testing.assert_array_equal(dataset.images[1], np.rint(255 * images[::2]))
    ink = images > 0.5
    np.testing.assert_array_equal(dataset_from_arrays(ink, [0] * 5).images[0], 255 * ink)
    mixed = dataset_from_arrays(images[:3], [np.int64(1), 2.0, 1])
    assert mixed.class_names == ("1.0", "2.0") and mixed.counts.tolist() == [2, 1]


@pytest.mark.parametrize(
    "images, labels, message",
    [
        (np.full((2, 3, 3), np.nan), [0, 1], "without NaN"),
        (np.full((2, 3, 3), 200.0), [0, 1], "from 200.0 to 200.0. Divide by 255"),
        (np.full((2, 3, 3), -0.1), [0, 1], "floats from 0 to 1"),
        (np.zeros((2, 3, 3), int), [0, 1], "must be uint8"),
        (np.zeros((2, 3, 3), np.uint8), [0], "shapes"),
        (np.zeros((2, 9), np.uint8), [0, 1], "shapes"),
        ([np.zeros((2, 2)), np.zeros((3, 3))], [0, 1], "`images` must hold images of one size"),
        (np.zeros((2, 3, 3)), np.array([1, "a"], object), "one kind.*Received: int, str"),
        (np.zeros((2, 3, 3)), [1, "1"], "`labels` must hold labels of one kind.*: int, str"),
        (np.zeros((2, 3, 3)), (True, 1), "one kind.*Received: bool, int"),
        (np.zeros((2, 3, 3)), [np.str_("a"), b"a"], "one kind.*Received: bytes, str_"),
        (np.zeros((2, 3, 3)), [None, "a"], "one kind.*Received: NoneType, str"),
        (np.zeros((2, 3, 3)), [1.0, np.nan], "`labels` must name a class.*NaN"),
    ],
)
def test_bad_arrays(images, labels, message):
    with pytest.raises(ValueError, match=message):
        dataset_from_arrays(images, labels)
