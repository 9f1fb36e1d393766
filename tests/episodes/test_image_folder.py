"""Tests of episodes/image_folder.py on folders of small pictures, good and bad."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from episodes.cache import DataError
from episodes.few_shot import FewShotSampler
from episodes.image_folder import load_image_folder

# Nothing is left out, and then no warning is given, unless a test says so.
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def folder(tmp_path):
    """Writes two classes of different sizes, one of them nested; returns the folder."""
    for name, count, value in (("signs/stop", 3, 10), ("animals", 2, 100)):
        for i in range(count):
            save(tmp_path / name / f"{i}.png", value + i)
    return tmp_path


def save(path, value, size=(6, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
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
    with pytest.raises(DataError, match="'animals' of .* has 2 images, and 3 or more are needed"):
        load_image_folder(folder, min_per_class=3)
    save(folder / "signs/stop/large.png", 5, size=(7, 4))
    with pytest.raises(DataError, match="large.png is 4 x 7 pixels, but .* 4 x 6.*`image_size`"):
        load_image_folder(folder)
    assert load_image_folder(folder, image_size=4).counts.tolist() == [2, 4]
    (folder / "animals" / "broken.png").write_bytes((folder / "animals/0.png").read_bytes()[:40])
    with pytest.raises(DataError, match="animals/broken.png cannot be read"):
        load_image_folder(folder, image_size=4)


def test_the_same_image_in_two_classes_is_an_error(folder):
    save(folder / "animals" / "3.png", 11)
    with pytest.raises(DataError, match="animals/3.png and .*stop/1.png are the same at 4 x 4"):
        load_image_folder(folder, image_size=4)


def test_a_copy_within_a_class_is_no_other_drawing(folder):
    before = load_image_folder(folder)
    save(folder / "animals" / "2.png", 100)
    with pytest.warns(UserWarning, match="the same as another .* of its class .1: 'animals/2.png"):
        after = load_image_folder(folder)
    np.testing.assert_array_equal(after.images, before.images)
    for path in (folder / "animals").iterdir():
        save(path, 7)
    with pytest.warns(UserWarning), pytest.raises(DataError, match="'animals' .* has 1 image,"):
        load_image_folder(folder)


def test_the_largest_class_may_be_cut(folder):
    with pytest.warns(UserWarning, match="past max_per_class"):
        dataset = load_image_folder(folder, min_per_class=1, max_per_class=1)
    assert dataset.images.shape[1] == 1


def test_a_folder_without_classes(folder):
    with pytest.warns(UserWarning, match="2 left out: an image outside the folder of a class"):
        with pytest.raises(DataError, match="holds no class/image.png"):
            load_image_folder(folder / "animals")


def test_files_left_out_are_named_in_one_warning(folder):
    for number in range(7):
        (folder / f"animals/notes{number}.txt").write_text("no image")
    save(folder / "loose.png", 1)
    save(folder / "animals/.hidden.png", 2)
    save(folder / "@eaDir/0.png/thumbnail.png", 3)
    save(folder / "animals/.ipynb_checkpoints/0-checkpoint.png", 100)
    save(folder / "__MACOSX/0.png", 4)
    (folder / "nothing").mkdir()
    (folder / "animals/gone.png").symlink_to(folder / "nowhere.png")
    frames = [Image.new("L", (6, 4), value) for value in (7, 8)]
    frames[0].save(folder / "animals/moving.gif", save_all=True, append_images=frames[1:])
    with pytest.warns(UserWarning) as caught:
        dataset = load_image_folder(folder)
    assert dataset.class_names == ("animals", "signs/stop")
    assert dataset.counts.tolist() == [3, 3] and dataset.images[0, 2, 1, 1] == 7
    (message,) = (str(warning.message) for warning in caught)
    for part in (
        "15 left out",
        "not an image (7: 'animals/notes0.txt', 'animals/notes1.txt'",
        "'animals/notes4.txt', ...)",
        "an image outside the folder of a class (1: 'loose.png')",
        "hidden or made by a system (4: '@eaDir', '__MACOSX', 'animals/.hidden.png', "
        "'animals/.ipynb_checkpoints')",
        "an empty folder (1: 'nothing')",
        "a broken link, or not a file (1: 'animals/gone.png')",
        "all frames but the first (1: 'animals/moving.gif')",
    ):
        assert part in message
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", ["Thumbs.db", ".DS_Store", "desktop.ini", "._0.png"])
def test_files_of_systems_are_ignored_without_a_warning(folder, name):
    (folder / name).write_bytes(b"no image")
    (folder / "animals" / name).write_bytes(b"no image")
    assert load_image_folder(folder).counts.tolist() == [2, 3]


def test_any_image_that_can_be_read_is_one(folder):
    kinds = ((".jfif", "JPEG"), (".ppm", "PPM"), ("", "PNG"), (".JP2", "JPEG2000"))
    for value, (suffix, kind) in enumerate(kinds, 200):
        pixels = np.full((4, 6, 3), value, np.uint8)
        Image.fromarray(pixels).save(folder / f"animals/photo{suffix}", kind)
    save(folder / "animals/large.PNG", 3)
    dataset = load_image_folder(folder)
    assert dataset.counts.tolist() == [7, 3]
    assert sorted(dataset.images[0, 3:, 1, 1].tolist()) == [200, 201, 202, 203]
    (folder / "animals/photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    with pytest.warns(UserWarning, match=r"not an image \(1: 'animals/photo.heic'\)"):
        assert load_image_folder(folder).counts.tolist() == [7, 3]


def test_folders_called_as_images(folder):
    save(folder / "x.png/0.png", 50)
    save(folder / "x.png/y.jpg/0.png", 51)
    dataset = load_image_folder(folder, min_per_class=1)
    assert dataset.class_names == ("animals", "signs/stop", "x.png", "x.png/y.jpg")


def test_links_are_followed_and_a_folder_is_read_once(folder, tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    for i in range(2):
        save(store / f"waves/{i}.png", 200 + i)
    (folder / "wave").symlink_to(store / "waves", target_is_directory=True)
    dataset = load_image_folder(folder)
    assert dataset.class_names == ("animals", "signs/stop", "wave")
    assert dataset.images[2, :2, 1, 1].tolist() == [200, 201]
    (folder / "alias").symlink_to(folder / "animals", target_is_directory=True)
    (folder / "signs/loop").symlink_to(folder, target_is_directory=True)
    (store / "waves/back").symlink_to(store / "waves", target_is_directory=True)
    with pytest.warns(UserWarning) as caught:
        assert load_image_folder(folder).class_names == dataset.class_names
    (message,) = (str(warning.message) for warning in caught)
    for link, target in (("alias", "animals"), ("signs/loop", ""), ("wave/back", "wave")):
        assert f"a link to {folder / target}, which is read already (1: '{link}')" in message


def test_names_are_the_same_in_every_form_of_unicode(tmp_path):
    orders = []
    for form in ("NFC", "NFD"):
        for value, name in enumerate(("zebra", "\u00e9t\u00e9", "eta")):
            for place, file in enumerate(("z.png", "\u00e4.png")):
                file = tmp_path / form / unicodedata.normalize(form, f"{name}/{file}")
                save(file, 10 * value + place)
        dataset = load_image_folder(tmp_path / form)
        orders.append((dataset.class_names, dataset.images[..., 1, 1].tolist()))
    assert (
        orders[0]
        == orders[1]
        == (
            ("eta", "zebra", "\u00e9t\u00e9"),
            [[20, 21], [0, 1], [10, 11]],
        )
    )
    # As two systems may write one folder.
    save(tmp_path / "NFC" / unicodedata.normalize("NFD", "\u00e9t\u00e9/b.png"), 99)
    dataset = load_image_folder(tmp_path / "NFC")
    assert dataset.class_names == orders[0][0]
    assert dataset.counts.tolist() == [2, 2, 3]


def test_names_that_are_not_unicode_are_refused(folder):
    try:
        save(folder / "caf\udce9/0.png", 60)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    with pytest.raises(DataError, match="not in UTF-8: rename it"):
        load_image_folder(folder, min_per_class=1)
