"""Drawings of many kinds, brought to one form, and warnings of images that are not drawings."""

import warnings

import numpy as np
import pytest
from PIL import Image

from episodes import DataError, generate_characters, prepare_drawing


@pytest.fixture
def ink():
    """Returns a character of 64 x 64 pixels, 1 where it has ink."""
    return generate_characters(1, seed=4, num_drawings=1, image_size=64).images[0, 0] / 255.0


@pytest.fixture(autouse=True)
def no_doubts():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def in_color(ink, paper, pen):
    return paper + ink[..., None] * (np.array(pen, float) - paper)


def transparent(ink, pen):
    opacity = np.rint(255 * ink)[..., None]
    return np.concatenate([np.broadcast_to(pen, (*ink.shape, len(pen))), opacity], axis=-1)


GUISES = {
    "light on dark": lambda ink: np.rint(255 * ink).astype("uint8"),
    "dark on light": lambda ink: np.rint(255 - 255 * ink).astype("uint8"),
    "faint": lambda ink: (180 - 40 * ink).astype("float64"),
    "floats": lambda ink: 1 - ink,
    "below zero": lambda ink: 2 * ink.astype("float32") - 1,
    "16 bits": lambda ink: np.rint(65535 * (1 - ink)).astype("uint16"),
    "12 bits": lambda ink: np.rint(4095 * (1 - ink)).astype("uint16"),
    "an axis of one channel": lambda ink: ink[..., None],
    "blue on white": lambda ink: in_color(ink, 255, (20, 40, 200)).astype("uint8"),
    "yellow on white": lambda ink: in_color(ink, 255, (250, 230, 40)).astype("uint8"),
    "as light as its paper": lambda ink: in_color(ink, np.array([0, 160, 0]), (160, 0, 0)),
    "white on transparent": lambda ink: transparent(ink, (255, 255, 255)).astype("uint8"),
    "black on transparent": lambda ink: transparent(ink, (0, 0, 0)).astype("uint16"),
    "grey on transparent": lambda ink: transparent(ink, (0.5,)) / 255,
    "at the edge of a larger page": lambda ink: np.pad(
        1 - ink, ((3, 90), (80, 0)), constant_values=1
    ),
}


@pytest.mark.parametrize("guise", GUISES)
def test_one_drawing_in_many_guises_is_one(ink, guise):
    drawing = prepare_drawing(GUISES[guise](ink))
    assert drawing.dtype == np.float32 and drawing.shape == (28, 28)
    np.testing.assert_allclose(drawing, prepare_drawing(ink), atol=0.06)


def likeness(drawing, other):
    return np.corrcoef(drawing.ravel(), other.ravel())[0, 1]


def test_other_sizes_and_bare_ink(ink):
    drawing = prepare_drawing(ink)
    large = np.kron(1 - ink, np.ones((20, 20)))
    assert likeness(prepare_drawing(large), drawing) > 0.97
    assert likeness(prepare_drawing(large[::9, ::9]), drawing) > 0.95
    assert likeness(prepare_drawing(ink > 0.5), drawing) > 0.9
    np.testing.assert_array_equal(prepare_drawing(ink > 0.5), prepare_drawing(ink < 0.5))
    # In the corner of a page of twelve megapixels.
    page = np.full((3000, 4000), 240, "uint8")
    page[2200:2840, 100:740] = np.rint(40 + 200 * large[::2, ::2])
    assert likeness(prepare_drawing(page), drawing) > 0.9


def pages(ink):
    grey = Image.fromarray(np.rint(255 - 255 * ink).astype("uint8"))
    opacity = Image.fromarray(np.rint(255 * ink).astype("uint8"))
    turned = grey.transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned clockwise to be seen upright
    turned.info["exif"] = exif.tobytes()
    clear = Image.merge("LA", [Image.new("L", grey.size, 255), opacity])
    return {
        "grey": grey,
        "whole numbers": Image.fromarray(np.rint(4095 * (1 - ink)).astype("int32")),
        "floats": Image.fromarray((1 - ink).astype("float32")),
        "16 bits": Image.fromarray(np.rint(4095 * (1 - ink)).astype("uint16")),
        "colors": grey.convert("RGB"),
        "palette": grey.convert("P"),
        "print colors": grey.convert("RGB").convert("CMYK"),
        "white on transparent": clear,
        "turned": turned,
    }


def test_pillow_images_and_files(ink, tmp_path):
    for kind, page in pages(ink).items():
        path = tmp_path / ("page.png" if kind in ("grey", "palette", "turned") else "page.tif")
        page.save(path, exif=page.info.get("exif", b""))
        # Only a file says that it is turned.
        for image in (path, str(path), *([] if kind == "turned" else [page])):
            drawing = prepare_drawing(image)
            np.testing.assert_allclose(drawing, prepare_drawing(ink), atol=0.06, err_msg=kind)


def test_bilevel_files_and_transparent_colors(ink, tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(ink < 0.5).save(path)
    np.testing.assert_array_equal(prepare_drawing(path), prepare_drawing(ink > 0.5))
    deep = Image.fromarray(np.where(ink > 0.5, 500, 3000).astype("uint16"))
    for clear in (3000, 500):
        deep.save(path, transparency=clear)
        np.testing.assert_array_equal(prepare_drawing(path), prepare_drawing(ink > 0.5))


def test_transparent_corners_are_not_paper(ink):
    page = in_color(ink, 255, (0, 0, 0))
    opacity = np.full((*ink.shape, 1), 255)
    opacity[:4, :4] = opacity[-4:, -4:] = 0
    page[:4, :4] = page[-4:, -4:] = 0
    page = np.concatenate([page, opacity], axis=-1).astype("uint8")
    np.testing.assert_allclose(prepare_drawing(page), prepare_drawing(ink), atol=0.06)


def test_a_photograph_of_a_page_with_uneven_light_and_grain(ink):
    y, x = np.mgrid[0:1:640j, 0:1:640j]
    light = 230 - 60 * x - 60 * y * y
    page = light * (1 - 0.8 * np.kron(ink, np.ones((10, 10))))
    page = (page + np.random.default_rng(0).normal(0, 6, page.shape)).clip(0, 255).astype("uint8")
    assert page[:, -1].max() < page.max() - 40
    drawing, expected = prepare_drawing(page), prepare_drawing(ink)
    assert likeness(drawing, expected) > 0.9
    assert not drawing[:2].any() and not drawing[:, -2:].any()
    specks = page.copy()
    specks[20:22, 20:22] = specks[600:602, 610:612] = 0
    assert likeness(prepare_drawing(specks), drawing) > 0.99


def test_a_speck_is_not_ink_beside_a_faint_drawing(ink):
    page = 180 - 40 * ink
    expected = prepare_drawing(page)
    page[1, 1] = page[62, 62] = 0
    assert likeness(prepare_drawing(page), expected) > 0.99


def extent(drawing, axis):
    inked = np.flatnonzero((drawing > 0.5).any(axis=axis))
    return inked[0], inked[-1] + 1


def test_fills_the_middle_and_keeps_its_proportions():
    page = np.zeros((50, 90))
    page[2:32, 70:85] = 1
    for size, fill, tall in ((28, 20 / 28, 20), (20, 0.5, 10), (105, 0.8, 84), (16, 1, 16)):
        drawing = prepare_drawing(page, size=size, fill=fill)
        assert drawing.shape == (size, size) and drawing.min() == 0 and drawing.max() <= 1
        top, bottom = extent(drawing, 1)
        left, right = extent(drawing, 0)
        assert abs(bottom - top - tall) <= 1 and abs(right - left - tall / 2) <= 1
        assert abs(top + bottom - size) <= 1 and abs(left + right - size) <= 1


def test_omniglots_own_pose_is_about_kept():
    images = generate_characters(20, num_drawings=1, image_size=28).images[:, 0] / 255.0
    for image in images:
        drawing = prepare_drawing(image)
        longest = max(np.ptp(extent(drawing, axis)) for axis in (0, 1))
        assert 18 <= longest <= 21
        assert 0.5 < drawing.sum() / image.sum() < 2


@pytest.mark.filterwarnings("default")
def test_images_that_are_not_drawings_warn():
    rng = np.random.default_rng(0)
    leaves = np.asarray(Image.fromarray(rng.uniform(size=(12, 12)).astype("f")).resize((96, 96)))
    ramp = np.linspace(0, 255, 28 * 28).reshape(28, 28)
    for image in (leaves, rng.uniform(size=(28, 28)), rng.normal(size=(200, 100, 3)), ramp):
        with pytest.warns(UserWarning, match="`image` shows no clear paper"):
            drawing = prepare_drawing(image)
        assert np.isfinite(drawing).all() and drawing.shape == (28, 28)
    for image in (np.full((9, 9), 7), np.zeros((100, 80, 4), "uint8"), np.ones((1, 1), bool)):
        with pytest.warns(UserWarning, match="`image` shows no ink"):
            assert not prepare_drawing(image).any()


def test_bad_input(ink, tmp_path):
    for shape in ((28,), (0, 5), (3, 4, 5), (2, 28, 28, 1)):
        with pytest.raises(ValueError, match="`image` must be a path, a Pillow image, or an array"):
            prepare_drawing(np.zeros(shape))
    with pytest.raises(ValueError, match="`image` must hold numbers. Received: NaN"):
        prepare_drawing(np.where(ink > 0.5, np.nan, ink))
    with pytest.raises(ValueError, match="`image` must hold numbers. Received: complex"):
        prepare_drawing(ink.astype(complex))
    with pytest.raises(ValueError, match="`size`"):
        prepare_drawing(ink, size=0)
    for fill in (0, 1.1, np.nan):
        with pytest.raises(ValueError, match="`fill` must be above 0 and at most 1"):
            prepare_drawing(ink, fill=fill)
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    for name in ("damaged.png", "missing.png"):
        with pytest.raises(DataError, match=f"{name} cannot be read.*mend or remove it"):
            prepare_drawing(tmp_path / name)
