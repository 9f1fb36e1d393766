"""Tests of episodes/splits.py: no class on two sides."""

import numpy as np
import pytest

from episodes.dataset import FewShotDataset
from episodes.splits import Splits


def dataset(class_names):
    return FewShotDataset(np.zeros((len(class_names), 2, 3, 3), np.uint8), class_names)


@pytest.mark.parametrize("parts", [("ab", "bc", "d"), ("ab", "c", "da"), ("a", "bc", "dc")])
def test_a_class_in_two_splits_is_refused(parts):
    with pytest.raises(ValueError, match="must share no class"):
        Splits(*map(dataset, parts))


def test_unpacks_and_hashes_by_name():
    splits = Splits(train=dataset("ab"), validation=dataset(""), test=dataset("cd"))
    train, validation, test = splits
    assert (train.num_classes, validation.num_classes, test.num_classes) == (2, 0, 2)
    assert list(splits.hashes()) == ["train", "validation", "test"]
    # printf 'a\nb' | sha256sum
    assert splits.hashes()["train"].startswith("7e18f737")
    assert splits.hashes()["test"] == dataset("cd").class_hash()
    reordered = Splits(dataset("ba"), dataset(""), dataset("dc"))
    assert reordered.hashes() == splits.hashes()
    assert Splits(dataset("ac"), dataset(""), dataset("bd")).hashes() != splits.hashes()


def test_a_drawing_in_two_splits_is_refused():
    images = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 2, 2)
    parts = [FewShotDataset(images[i : i + 1], name) for i, name in enumerate("abc")]
    Splits(*parts).check_drawings()
    images[2, 1] = images[0, 0]
    with pytest.raises(ValueError, match="`train` and `test` share 1 drawing under"):
        Splits(*parts).check_drawings()
