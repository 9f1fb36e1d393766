"""Tests of episodes/omniglot.py: splits by class, from a small file or from the real drawings."""

import doctest
import hashlib
import importlib.util
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import episodes.omniglot
from episodes.cache import DataError, write_arrays
from episodes.omniglot import load_omniglot, split_classes

REPOSITORY = pathlib.Path(episodes.omniglot.__file__).parents[1]
TFDS_DATA_DIR = os.environ.get("TFDS_DATA_DIR")
READS_TFDS = importlib.util.find_spec("tensorflow_datasets") is not None
PREPARED = READS_TFDS and TFDS_DATA_DIR and pathlib.Path(TFDS_DATA_DIR, "omniglot").is_dir()

HASHES = {
    "santoro": {
        "train": "d8623ed21de627097a8bd0382074b4255a1b021ffe77aa64b2f08a831fa015a0",
        "validation": "01c2779090a6e65ee2501c1fd623c094b77ffccfab3ac7c0d69b683b940d7383",
        "test": "3825e8d6e30f6d18119ef1b4301e52f61d446afa5b62cff5cdaad70b52e6b9a4",
    },
    "ramalho": {
        "train": "d111fd0c94a4f8907efb21cb45dd66d6ee79f07f4b871fb512ea339015094dd4",
        "validation": "978dffd20151618da8c980ae9bd5e89330419cdc6f63de62bfdfa529072c1271",
        "test": "d504818c5c48dc2b79eb9f4bf2ee094f48e9b06e3fc8936728139eb94874cea4",
    },
    "lake": {
        "train": "c4a14d9a14b0eeda66cbf90a348ba45b73e99f6f7eb258562d7e3f5cd1ef6695",
        "validation": "13f489ad563031cf5b00d87f68aaed2b3521d07267daa5b2ea58d4110c319db2",
        "test": "74ef7f7b66c3873a2127f490445c5f471c25e0490318b7613c9dda3e8cc5cf3a",
    },
}

# Of the images at 20 pixels in the order of the "santoro" splits.
IMAGES_HASH = "e6b1e8bfb593398ee9168e9a001978a6c3989209db383a057879536cf53a95eb"


def small_omniglot():
    """As many classes and alphabets as Omniglot, two drawings of each: its number, as two bytes."""
    number = np.arange(1623)
    names = [f"Old{i % 30}/character{i}" for i in range(964)]
    names += [f"New{i % 20}/character{i}" for i in range(964, 1623)]
    images = np.zeros((1623, 2, 4, 4), np.uint8)
    images[:, :, 0, 0] = number[:, None] // 256
    images[:, :, 0, 1] = number[:, None] % 256
    return {"class_names": np.array(names), "background": number < 964, "images": images}


@pytest.fixture
def cache_dir(tmp_path):
    write_arrays(tmp_path / "omniglot-4x4.npz", "omniglot 4x4, format 1", small_omniglot())
    return tmp_path


def load_in_new_process(prelude="", environment=None, **arguments):
    """Prints the classes loaded and whether TensorFlow was imported."""
    code = f"""
import sys
{prelude}
from episodes.omniglot import load_omniglot
splits = load_omniglot(**{arguments!r})
print([part.num_classes for part in splits], "tensorflow" in sys.modules)
"""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )


def alphabets(dataset):
    return {name.split("/")[0] for name in dataset.class_names}


@pytest.mark.parametrize(
    "split, num_validation_classes, sizes",
    [
        ("santoro", 100, [1100, 100, 423]),
        ("santoro", 0, [1200, 0, 423]),
        ("santoro", 1199, [1, 1199, 423]),
        ("ramalho", 100, [523, 100, 1000]),
        ("lake", 0, [964, 0, 659]),
    ],
)
def test_splits_are_complete_and_disjoint(cache_dir, split, num_validation_classes, sizes):
    splits = load_omniglot(4, split, num_validation_classes, cache_dir=cache_dir)
    assert [part.num_classes for part in splits] == sizes
    names = [name for part in splits for name in part.class_names]
    assert len(names) == len(set(names)) == 1623


def test_classes_are_in_the_order_of_their_hash_with_their_images(cache_dir):
    for part in load_omniglot(4, cache_dir=cache_dir):
        hashes = [hashlib.sha256(name.encode()).hexdigest() for name in part.class_names]
        assert hashes == sorted(hashes)
        numbers = [int(name.split("character")[1]) for name in part.class_names]
        found = part.images[:, :, 0, 0].astype(int) * 256 + part.images[:, :, 0, 1]
        np.testing.assert_array_equal(found, np.array(numbers)[:, None] + [0, 0])


def test_santoro_test_classes_are_the_same_whatever_the_validation(cache_dir):
    few, many = (load_omniglot(4, "santoro", n, cache_dir=cache_dir) for n in (10, 400))
    assert few.test.class_names == many.test.class_names
    assert set(few.validation.class_names) < set(many.validation.class_names)
    larger = load_omniglot(4, "ramalho", 10, cache_dir=cache_dir).test.class_names
    assert larger[-423:] == few.test.class_names


@pytest.mark.parametrize("num_validation_classes", [1, 32, 33, 100, 900])
def test_lake_cuts_no_alphabet(cache_dir, num_validation_classes):
    splits = load_omniglot(4, "lake", num_validation_classes, cache_dir=cache_dir)
    sides = [alphabets(part) for part in splits]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 50
    assert sides[2] == {f"New{i}" for i in range(20)}
    # An alphabet of this file has 32 or 33 background characters.
    extra = splits.validation.num_classes - num_validation_classes
    assert 0 <= extra < 33


@pytest.mark.parametrize("split", ["santoro", "ramalho", "lake"])
def test_the_order_of_the_classes_does_not_matter(split):
    arrays = small_omniglot()
    background = dict(zip(arrays["class_names"].tolist(), arrays["background"], strict=True))
    reversed_background = dict(reversed(background.items()))
    assert split_classes(background, split, 100) == split_classes(reversed_background, split, 100)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"split": "vinyals"}, r"`split` must be one of \('santoro', 'ramalho', 'lake'\)"),
        ({"num_validation_classes": -1}, "`num_validation_classes` must be a whole number"),
        ({"num_validation_classes": 99.5}, "`num_validation_classes` must be a whole number"),
        ({"num_validation_classes": 1200}, "must leave classes to train on"),
        ({"num_validation_classes": 964, "split": "lake"}, "must leave classes to train on"),
        ({"num_validation_classes": 950, "split": "lake"}, "must leave classes to train on"),
        ({"image_size": 0}, "`image_size` must be a whole number"),
        ({"image_size": 106}, "`image_size` must be a whole number"),
        ({"image_size": 20.0}, "`image_size` must be a whole number"),
    ],
)
def test_bad_arguments_are_explained(cache_dir, arguments, message):
    with pytest.raises(ValueError, match=message):
        load_omniglot(**{"image_size": 4, "cache_dir": cache_dir, **arguments})


def test_a_file_of_another_image_size_is_refused(cache_dir):
    os.rename(cache_dir / "omniglot-4x4.npz", cache_dir / "omniglot-5x5.npz")
    with pytest.raises(DataError, match="holds 'omniglot 4x4, format 1'"):
        load_omniglot(5, cache_dir=cache_dir)


def test_the_kept_file_needs_no_tensorflow(cache_dir):
    process = load_in_new_process(image_size=4, cache_dir=str(cache_dir))
    assert process.stdout == "[1100, 100, 423] False\n", process.stderr


@pytest.mark.parametrize(
    "prelude, cause",
    [
        ("sys.modules['tensorflow'] = None", "ModuleNotFoundError"),
        # A port where nothing listens stands for a machine without a network.
        pytest.param(
            "",
            "ProxyError",
            marks=pytest.mark.skipif(not READS_TFDS, reason="without TensorFlow Datasets"),
        ),
    ],
    ids=["no tensorflow", "no network"],
)
def test_without_data_one_line_says_what_to_do(tmp_path, prelude, cause):
    process = load_in_new_process(
        prelude,
        {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        data_dir=str(tmp_path / "data"),
        cache_dir=str(tmp_path / "cache"),
    )
    assert process.returncode == 1
    message = process.stderr.splitlines()[-1]
    assert message.startswith("episodes.cache.DataError: Could not read or download Omniglot")
    assert cause in message
    for mend in ("network once", "TFDS_DATA_DIR", str(tmp_path / "cache" / "omniglot-20x20.npz")):
        assert mend in message
    assert process.stderr.count("Traceback") == 1
    assert not (tmp_path / "cache").exists()


@pytest.fixture(scope="module")
def real_cache_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    process = load_in_new_process(cache_dir=str(folder))
    assert process.stdout == "[1100, 100, 423] True\n", process.stderr
    return folder


@pytest.mark.skipif(not PREPARED, reason="TFDS_DATA_DIR holds no prepared copy of Omniglot")
class TestRealDrawings:
    @pytest.mark.parametrize("split", HASHES)
    def test_the_classes_are_pinned(self, real_cache_dir, split):
        assert load_omniglot(split=split, cache_dir=real_cache_dir).hashes() == HASHES[split]

    def test_the_images_are_pinned(self, real_cache_dir):
        digest = hashlib.sha256()
        for part in load_omniglot(cache_dir=real_cache_dir):
            assert part.images.shape[1:] == (20, 20, 20)
            digest.update(part.images)
        assert digest.hexdigest() == IMAGES_HASH

    def test_ink_is_on_zero_and_the_drawings_of_a_class_are_alike(self, real_cache_dir):
        images = load_omniglot(cache_dir=real_cache_dir).test.images.astype(np.float32)
        assert 5 < images.mean() < 40
        assert images[:, :, [0, -1]].mean() < images.mean()
        means = images.mean(1)
        within = ((images - means[:, None]) ** 2).sum((-1, -2)).mean()
        between = ((images - np.roll(means, 1, axis=0)[:, None]) ** 2).sum((-1, -2)).mean()
        assert within < 0.8 * between

    def test_the_example_runs(self, real_cache_dir, monkeypatch):
        monkeypatch.setenv("MANN_CACHE_DIR", str(real_cache_dir))
        assert doctest.testmod(episodes.omniglot) == (0, 4)
