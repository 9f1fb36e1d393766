"""A folder of images may have folders for training, validation and testing."""

import shutil

import numpy as np
import pytest
from PIL import Image

from episodes import DataError, load_image_folder, load_image_splits


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
        ({".": "a"}, ValueError, "1 class cannot be split"),
    ],
)
def test_other_folders_are_refused(folder, classes, error, message):
    with pytest.raises(error, match=message):
        load_image_splits(folder(**classes))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"split": "dtd"}, "The split, 'dtd', is for one folder .* has the folders test, train, v"),
        ({"seed": 1}, "The seed of the split, 1, is for one folder .* has the folders test, train"),
    ],
)
def test_what_is_split_is_not_split_again(folder, how, message):
    root = folder(train="ab", val="cd", test="ef")
    with pytest.raises(ValueError, match=message):
        load_image_splits(root, **how)


@pytest.mark.parametrize("parts", [("test", "train"), ("train", "val"), ("test", "val")])
def test_the_same_picture_in_two_of_the_folders_is_named(folder, parts):
    root = folder(train="ab", val="cd", test="ef")
    names = {"train": "a", "val": "c", "test": "e"}
    files = [root / part / names[part] / "0.png" for part in parts]
    shutil.copy(files[0], files[1])
    with pytest.raises(DataError, match=f"{files[0]} and {files[1]} are the same at 6 x 6"):
        load_image_splits(root)


def test_a_copy_within_a_class_is_left_out(folder):
    root = folder(train="ab", val="cd", test="ef")
    shutil.copy(root / "val/c/0.png", root / "val/c/2.png")
    with pytest.warns(UserWarning, match="the same as another image .*1: 'val/c/2.png'"):
        splits = load_image_splits(root)
    # Another folder has no more drawings by it.
    assert [part.num_drawings for part in splits] == [2, 2, 2]


def test_each_part_is_as_if_it_were_read_alone(folder):
    root = folder(train="ab", val="cd", test="ef")
    Image.fromarray(np.eye(6, dtype=np.uint8)).save(root / "val/c/2.png")
    splits = load_image_splits(root)
    for part, name in zip(splits, ("train", "val", "test"), strict=True):
        alone = load_image_folder(root / name)
        np.testing.assert_array_equal(part.images, alone.images)
        assert part.counts.tolist() == alone.counts.tolist()
        assert part.class_names == alone.class_names


def test_grey_of_16_bits_is_scaled_alike_in_the_three(folder):
    root = folder(train="ab", val="cd", test="ef")
    rng = np.random.default_rng(1)
    deep = {}
    # Only one part has a picture that uses all 12 bits.
    for part, most in (("train", 4096), ("val", 1024), ("test", 512)):
        for file in sorted((root / part).rglob("*.png")):
            deep[file] = rng.integers(0, most, (6, 6)).astype(np.uint16)
            deep[file][0, 0] = most - 1
            Image.fromarray(deep[file]).save(file)
    splits = load_image_splits(root)
    for part, name in zip(splits, ("train", "val", "test"), strict=True):
        for drawings, folder_name in zip(part.images, part.class_names, strict=True):
            files = sorted((root / name / folder_name).iterdir())
            expected = [deep[file] >> 4 for file in files]
            np.testing.assert_array_equal(drawings, expected)


def test_pictures_beside_the_classes_of_a_part_are_left_out(folder):
    root = folder(train="ab", val="cd", test="ef")
    for place in (root, root / "train"):
        Image.fromarray(np.eye(6, dtype=np.uint8)).save(place / "loose.png")
    with pytest.warns(UserWarning, match="outside the .*2: 'loose.png', 'train/loose.png'"):
        splits = load_image_splits(root)
    assert [part.num_classes for part in splits] == [2, 2, 2]


def test_a_part_without_classes_is_named(folder):
    root = folder(train="ab", val="cd", test="ef")
    for file in list((root / "val").rglob("*.png")):
        file.unlink()
    with pytest.raises(DataError, match="val holds no class/image.png"):
        load_image_splits(root)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere is not a folder"):
        load_image_splits(tmp_path / "nowhere")
