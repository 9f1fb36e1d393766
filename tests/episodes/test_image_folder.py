"""Tests of episodes/image_folder.py on folders of small pictures, good and bad."""

import numpy as np
import pytest
from PIL import Image

from episodes.cache import DataError
from episodes.few_shot import FewShotSampler
from episodes.image_folder import load_image_folder


@pytest.fixture
def folder(tmp_path):
    """Writes two classes of different sizes, one of them nested; returns the folder."""
    for name, count, value in (("signs/stop", 3, 10), ("animals", 2, 100)):
        (tmp_path / name).mkdir(parents=True)
        for i in range(count):
            save(tmp_path / name / f"{i}.png", value + i)
    (tmp_path / "animals" / "notes.txt").write_text("no image")
    return tmp_path


def save(path, value, size=(6, 4)):
    pixels = np.full((size[1], size[0], 3), value, np.uint8)
    pixels[0, 0] = (255, 0, 0)
    Image.fromarray(pixels).save(path)


def test_classes_are_folders_in_the_order_of_their_names(folder):
    dataset = load_image_folder(folder)
    assert dataset.class_names == ("animals", "signs/stop")
    assert dataset.counts.tolist() == [2, 3]
    assert dataset.images.shape == (2, 3, 4, 6)
    assert dataset.images[:, :, 1, 1].tolist() == [[100, 101, 0], [10, 11, 12]]
    episode = FewShotSampler(dataset, ways=2, shots=1, queries=1)[0]
    assert episode.query.images.shape == (2, 4, 6)


def test_resized_inverted_and_in_colour(folder):
    dataset = load_image_folder(folder, image_size=2, invert=True)
    assert dataset.images.shape == (2, 3, 2, 2) and dataset.images[0, 1, 1, 1] == 255 - 101
    dataset = load_image_folder(folder, color=True)
    assert dataset.images.shape == (2, 3, 4, 6, 3)
    assert dataset.images[0, 0, 0, 0].tolist() == [255, 0, 0]


def test_bad_folders_are_named(folder):
    with pytest.raises(DataError, match="nowhere is not a folder"):
        load_image_folder(folder / "nowhere")
    with pytest.raises(DataError, match="holds no class/image.png"):
        load_image_folder(folder / "animals")
    with pytest.raises(DataError, match="'animals' of .* has 2 images, and 3 are needed"):
        load_image_folder(folder, min_per_class=3)
    save(folder / "signs/stop/large.png", 5, size=(7, 4))
    with pytest.raises(DataError, match="large.png is 4 x 7 pixels, but .* 4 x 6.*`image_size`"):
        load_image_folder(folder)
    assert load_image_folder(folder, image_size=4).counts.tolist() == [2, 4]
    (folder / "animals" / "broken.png").write_bytes((folder / "animals/0.png").read_bytes()[:40])
    with pytest.raises(DataError, match="animals/broken.png cannot be read"):
        load_image_folder(folder, image_size=4)


def test_the_same_image_in_two_classes_is_an_error(folder):
    save(folder / "animals" / "2.png", 100)
    load_image_folder(folder)
    save(folder / "animals" / "3.png", 11)
    with pytest.raises(DataError, match="animals/3.png and .*stop/1.png are the same"):
        load_image_folder(folder)


def test_pixels_are_as_a_person_sees_them(tmp_path):
    (tmp_path / "a").mkdir()
    deep = np.linspace(0, 65535, 12).astype(np.uint16).reshape(3, 4)
    Image.fromarray(deep).save(tmp_path / "a/0.png")
    stroke = np.zeros((3, 4, 4), np.uint8)
    stroke[1, :, 3] = 255
    Image.fromarray(stroke).save(tmp_path / "a/1.png")
    upright = Image.fromarray(np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 4))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a/2.png", exif=exif)
    (tmp_path / ".thumbnails").mkdir()
    for hidden in ("a/._0.png", ".thumbnails/0.png"):
        (tmp_path / hidden).write_bytes(b"no image")
    ((one, two, three),) = load_image_folder(tmp_path).images
    np.testing.assert_array_equal(one, deep >> 8)
    np.testing.assert_array_equal(two, 255 - stroke[..., 3])
    np.testing.assert_array_equal(three, upright)
    Image.fromarray(deep.astype(np.int32)).save(tmp_path / "a/3.tif")
    with pytest.raises(DataError, match="3.tif cannot be read .*mode 'I': save it with 8 or 16"):
        load_image_folder(tmp_path)
    with pytest.raises(ValueError, match="`image_size` must be an integer.*28.0"):
        load_image_folder(tmp_path, image_size=28.0)
