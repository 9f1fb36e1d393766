"""Data sets that TensorFlow Datasets builds here, of pictures made here, are few-shot data sets."""

import numpy as np
import pytest
from PIL import Image

from episodes import DataError, load_tfds

tf = pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")

NAMES = ("ant", "bee", "cat", "dog", "elk")


def draw(label, number):
    """Returns a picture of a class that no other class has."""
    rng = np.random.default_rng([label, number])
    return rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)


class Signs(tfds.core.GeneratorBasedBuilder):
    """Five classes of 3 to 5 pictures in two splits, and some that are of no use."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(8, 10, 3)),
                    "label": tfds.features.ClassLabel(names=[*NAMES, "single", "void"]),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {
            "train": self._generate_examples(range(3)),
            "test": self._generate_examples(range(3, 5)),
        }

    def _generate_examples(self, numbers):
        for label, _ in enumerate(NAMES):
            for number in numbers:
                if number < 3 or label % 2:
                    yield f"{label} {number}", {"image": draw(label, number), "label": label}
        if 0 in numbers:
            yield "copy", {"image": draw(2, 1), "label": 2}
            yield "none", {"image": draw(90, 0), "label": -1}
            yield "single", {"image": draw(91, 0), "label": 5}
            for label in (0, 1):
                yield f"shared {label}", {"image": draw(92, 0), "label": label}


class Numbered(tfds.core.GeneratorBasedBuilder):
    """Labels are numbers; a feature beside them names them. The picture is grey."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(None, None, 1)),
            "mask": tfds.features.Image(shape=(None, None, 1)),
            "label": tfds.features.ClassLabel(num_classes=2),
            "label_name": tfds.features.Text(),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for number in range(8):
            image, label = draw(number % 2, number)[..., :1], number % 2
            name = ("crow", "dove")[label]
            yield number, {"image": image, "mask": image, "label": label, "label_name": name}


class Deep(tfds.core.GeneratorBasedBuilder):
    """Grey of 16 bits, of which all together use 12, and only the last class more than 10."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(4, 4, 1), dtype=np.uint16),
            "label": tfds.features.ClassLabel(names=["dim", "bright"]),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    @staticmethod
    def draw(label, number):
        rng = np.random.default_rng([label, number])
        return rng.integers(0, (1 << 10, 1 << 12)[label], (4, 4, 1)).astype(np.uint16)

    def _generate_examples(self):
        for number in range(6):
            label = number % 2
            yield number, {"image": self.draw(label, number), "label": label}


class Boxes(tfds.core.GeneratorBasedBuilder):
    """Pictures without a label."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = tfds.features.FeaturesDict({"image": tfds.features.Image()})
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        yield 0, {"image": draw(0, 0)}


@pytest.fixture
def load(tmp_path):
    return lambda name, **kwargs: load_tfds(
        name, data_dir=str(tmp_path / "data"), cache_dir=tmp_path / "cache", **kwargs
    )


@pytest.fixture
def prepared(tmp_path):
    """Prepares a data set without a network, as a user has it."""
    return lambda kind: kind(data_dir=str(tmp_path / "data")).download_and_prepare()


def test_the_splits_are_joined_and_what_cannot_be_used_is_named(prepared, load):
    prepared(Signs)
    with pytest.warns(UserWarning) as caught:
        dataset = load("signs", image_size=8, color=True)
    (message,) = [str(warning.message) for warning in caught if "left out" in str(warning.message)]
    for part in (
        "1 image without a label", "2 images that two classes have", "1 class with one image",
        "1 copy of an image",
    ):  # fmt: skip
        assert part in message
    assert dataset.class_names == NAMES
    assert dataset.counts.tolist() == [3, 5, 3, 5, 3]
    assert dataset.image_shape == (8, 8, 3)
    for label in range(5):
        expected = {
            np.asarray(
                Image.fromarray(draw(label, n)).resize((8, 8), Image.Resampling.BOX)
            ).tobytes()
            for n in range(dataset.counts[label])
        }
        found = {image.tobytes() for image in dataset.images[label, : dataset.counts[label]]}
        assert found == expected


def test_it_is_read_once(prepared, load, tmp_path, recwarn):
    prepared(Signs)
    first = load("signs", image_size=4)
    (cached,) = (tmp_path / "cache").iterdir()
    # Only opening the data set is needed then, not its pictures.
    for shard in (tmp_path / "data").rglob("*.tfrecord*"):
        shard.unlink()
    again = load("signs", image_size=4)
    np.testing.assert_array_equal(first.images, again.images)
    assert first.class_names == again.class_names and (first.counts == again.counts).all()
    cached.write_bytes(b"damaged")
    with pytest.raises(DataError, match="Delete it"):
        load("signs", image_size=4)


def test_few_images_of_a_class_are_those_that_come_first(prepared, load, recwarn):
    prepared(Signs)
    dataset = load("signs", image_size=8, color=True, images_per_class=2)
    # The class whose first two are copies is left out with them.
    assert dataset.counts.tolist() == [2] * dataset.num_classes and dataset.num_classes >= 4


def test_numbers_are_named_by_the_feature_beside_them(prepared, load):
    prepared(Numbered)
    dataset = load("numbered", image_size=6, invert=True)
    assert dataset.class_names == ("crow", "dove") and dataset.image_shape == (6, 6)
    upright = load("numbered", image_size=6)
    np.testing.assert_array_equal(dataset.images, 255 - upright.images)


def test_grey_of_16_bits_is_scaled_alike(prepared, load):
    prepared(Deep)
    dataset = load("deep", image_size=4)
    assert dataset.class_names == ("bright", "dim")
    for images, label in zip(dataset.images, (1, 0), strict=True):
        expected = {(Deep.draw(label, n)[..., 0] >> 4).tobytes() for n in range(label, 6, 2)}
        assert {image.astype(np.uint16).tobytes() for image in images} == expected


def test_a_prepared_folder_and_a_folder_of_images(prepared, load, tmp_path):
    prepared(Numbered)
    (folder,) = (tmp_path / "data" / "numbered").iterdir()
    assert load(str(folder)).class_names == ("crow", "dove")
    for split, numbers in (("train", (0, 1)), ("test", (2, 3))):
        for label, name in enumerate(NAMES):
            (tmp_path / "mine" / split / name).mkdir(parents=True)
            for number in numbers:
                path = tmp_path / "mine" / split / name / f"{number}.png"
                Image.fromarray(draw(label, number)).save(path)
    dataset = load(tfds.folder_dataset.ImageFolder(str(tmp_path / "mine")), color=True)
    assert dataset.class_names == NAMES and (dataset.counts == 4).all()
    # Neither may be the same the next time.
    assert not (tmp_path / "cache").exists()


def test_a_damaged_data_set_is_named(prepared, load, tmp_path):
    prepared(Numbered)
    for shard in (tmp_path / "data").rglob("*.tfrecord*"):
        shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(DataError, match="read or download the data set numbered .*if it is dam"):
        load("numbered")


def test_a_data_set_without_labels_is_refused(prepared, load):
    prepared(Boxes)
    with pytest.raises(DataError, match="0 features that could be its label.*features are: image"):
        load("boxes")


def test_an_unknown_name_has_a_near_one(load):
    with pytest.raises(ValueError, match="'kmnis' is neither.*did you mean kmnist"):
        load("kmnis")


def test_without_a_network_one_line_says_what_to_do(load, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(DataError, match="download the data set kmnist .*TFDS_DATA_DIR"):
        load("kmnist")


@pytest.mark.parametrize("argument", ["image_size", "images_per_class"])
def test_sizes_must_be_positive(load, argument):
    with pytest.raises(ValueError, match=argument):
        load("signs", **{argument: 0})
