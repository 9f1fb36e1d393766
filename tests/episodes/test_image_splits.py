"""A folder of images may have folders for training, validation and testing."""

import numpy as np
import pytest
from PIL import Image

from episodes import DataError, load_image_splits


@pytest.fixture
def folder(tmp_path):
    """Writes classes of two random images into folders of a root, and returns the root."""

    def make(**classes):
        rng = np.random.default_rng(0)
        for parent, names in classes.items():
            for name in names:
                (tmp_path / parent / name).mkdir(parents=True)
                for number in range(2):
                    pixels = rng.integers(0, 256, (6, 6), dtype=np.uint8)
                    Image.fromarray(pixels).save(tmp_path / parent / name / f"{number}.png")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "validation", "test"), ("Training", "VAL", "Testing"), ("train", "dev", "test")],
)
def test_folders_of_their_own_are_the_splits(folder, train, validation, test):
    root = folder(**{train: "abc", validation: "de", test: ["f/1", "f/2"]})
    splits = load_image_splits(root)
    assert [part.class_names for part in splits] == [("a", "b", "c"), ("d", "e"), ("f/1", "f/2")]


def test_one_folder_of_classes_is_split_by_hash(folder):
    splits = load_image_splits(folder(**{".": "abcdefghi"}), image_size=3)
    assert sorted(sum((part.class_names for part in splits), ())) == list("abcdefghi")
    assert splits.test.image_shape == (3, 3)


def test_a_class_may_be_a_train(folder):
    splits = load_image_splits(folder(**{".": ["train", "bus", "car", "tram", "bike", "ship"]}))
    assert sum(part.num_classes for part in splits) == 6


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        ({"train": "ab", "test": "cd"}, DataError, "Missing: validation"),
        # Else the same pictures would be for training as train/a, and for testing as val/a.
        ({"train": "abc", "val": "abc"}, DataError, "train, val, .* Missing: test"),
        ({"Training": "abc", "Test": "abc"}, DataError, "Missing: validation"),
        ({"train": "a", "Train": "b", "val": "cd", "test": "ef"}, DataError, "There are more"),
        ({"train": "ab", "val": "cd", "test": "bf"}, DataError, "share classes, such as 'b'"),
        ({"train": "ab", "val": "cd", "test": "ef", "more": "g"}, DataError, "beside them 'more'"),
        ({".": "a"}, ValueError, "1 classes are too few"),
    ],
)
def test_other_folders_are_refused(folder, classes, error, message):
    with pytest.raises(error, match=message):
        load_image_splits(folder(**classes))


def test_lists_do_not_split_what_is_split(folder):
    root = folder(train="ab", val="cd", test="ef")
    with pytest.raises(ValueError, match="has the folders test, train, val"):
        load_image_splits(root, split="dtd")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere is not a folder"):
        load_image_splits(tmp_path / "nowhere")
