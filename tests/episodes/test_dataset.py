"""Tests of episodes/dataset.py: arguments that are not a set of named classes are refused."""

import numpy as np
import pytest

from episodes.dataset import FewShotDataset

IMAGES = np.zeros((2, 3, 4, 4), np.uint8)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"images": IMAGES[0, 0]}, r"`images` must be a uint8 array of shape.*shape \(4, 4\)"),
        ({"images": IMAGES / 255}, "`images` must be a uint8 array.*Received: float64"),
        ({"class_names": "abc"}, "one name per class of `images`. Received: 3 names for 2"),
        ({"class_names": "aa"}, "the same name twice"),
        (
            {"class_names": (0, 1)},
            r"`class_names` must hold strings. Received: int 0. Pass map\(str",
        ),
        ({"class_names": np.array([0.5, 1])}, "`class_names` must hold strings.*float64"),
        ({"class_names": ("1", 1)}, "`class_names` must hold strings. Received: int 1"),
        ({"class_names": ("a", None)}, "`class_names` must hold strings. Received: NoneType None"),
        (
            {"counts": (3, 4)},
            "`counts` must hold, for each of 2 classes, an integer from 1 to 3",
        ),
        ({"counts": (0, 1)}, "`counts` must hold.*integer from 1 to 3"),
        ({"counts": (1.5, 2)}, "`counts` must hold.*integer from 1 to 3"),
        ({"counts": (1, np.nan)}, "`counts` must hold.*integer from 1 to 3"),
        ({"counts": 2}, "`counts` must hold.*integer from 1 to 3"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        FewShotDataset(**{"images": IMAGES, "class_names": "ab"} | arguments)


def test_names_of_an_array():
    dataset = FewShotDataset(IMAGES, np.array(["a", "b"]), counts=np.array([2.0, 3.0]))
    assert dataset.class_hash() == FewShotDataset(IMAGES, "ab").class_hash()
    assert dataset.counts.tolist() == [2, 3] and dataset.counts.dtype == np.int64
