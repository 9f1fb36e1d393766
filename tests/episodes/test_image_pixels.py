"""Tests of episodes/image_pixels.py: pictures of every kind, as a viewer shows them."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from episodes.cache import DataError
from episodes.image_folder import load_image_folder

GREY, RGB, GREY_ALPHA, RGB_ALPHA = 0, 2, 4, 6  # As PNG numbers its kinds.
PAPER_AND_INK = np.array([[255, 255, 255], [0, 255, 0]])


def png(path, pixels, bits, kind=GREY, transparent=None):
    """Writes a PNG of a kind that Pillow reads and does not write.

    Args:
        pixels: array `(height, width[, channels])` of integers.
        transparent: the pixel that is transparent, or `None`.
    """
    pixels = np.asarray(pixels)
    rows = pixels.reshape(len(pixels), -1)
    if bits == 16:
        rows = rows.astype(">u2").view(np.uint8)
    else:
        rows = np.unpackbits(rows.astype(np.uint8)[..., None], axis=2)[..., -bits:]
        rows = np.packbits(rows.reshape(len(pixels), -1), axis=1)
    header = struct.pack(">IIBBBBB", pixels.shape[1], len(pixels), bits, kind, 0, 0, 0)
    chunks = [(b"IHDR", header)]
    if transparent is not None:
        chunks.append((b"tRNS", np.asarray(transparent, ">u2").tobytes()))
    chunks.append((b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))))
    chunks.append((b"IEND", b""))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )
    )


def load(folder, **options):
    """Returns the images of the one class of a folder."""
    (images,) = load_image_folder(folder, min_per_class=1, **options).images
    return images


def test_grey_of_sixteen_bits(tmp_path):
    deep = np.linspace(0, 65535, 12).astype(np.uint16).reshape(3, 4)
    (tmp_path / "a").mkdir()
    Image.fromarray(deep).save(tmp_path / "a/0.png")
    Image.fromarray(deep).save(tmp_path / "a/1.tif")
    (tmp_path / "a/2.pgm").write_bytes(b"P5\n4 3\n65535\n" + deep.astype(">u2").tobytes())
    for image in load(tmp_path):
        np.testing.assert_array_equal(image, deep >> 8)
    Image.fromarray(deep.astype(np.int32)).save(tmp_path / "a/3.tif")
    with pytest.raises(DataError, match="3.tif cannot be read .*mode 'I': save it with 8 or 16"):
        load(tmp_path)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_grey_is_scaled_by_the_bits_that_the_data_set_uses(tmp_path, bits):
    most = 255 << (bits - 8)
    png(tmp_path / "a/0.png", PAPER_AND_INK * (most // 255), 16)
    # A darker image stays darker, though it has fewer bits.
    png(tmp_path / "a/1.png", PAPER_AND_INK * (most // 255 // 4), 16)
    # Turned, as the same pixels would be a copy of the first.
    turned = PAPER_AND_INK[::-1, ::-1]
    png(tmp_path / "a/2.png", turned, 8)
    first, second, third = load(tmp_path, invert=True)
    np.testing.assert_array_equal(first, 255 - PAPER_AND_INK)
    np.testing.assert_array_equal(third, 255 - turned)
    assert second.max() == 255
    if bits > 8:
        assert second.min() == 255 - 63


def test_deep_images_that_would_be_black_are_refused(tmp_path):
    png(tmp_path / "a/0.png", PAPER_AND_INK * 257, 16)
    png(tmp_path / "a/1.png", PAPER_AND_INK * 16, 16)
    with pytest.raises(
        DataError, match="1.png .*up to 4080, .* to 65535, beside which it is black"
    ):
        load(tmp_path)
    png(tmp_path / "a/1.png", PAPER_AND_INK * 0, 16)
    assert load(tmp_path)[1].max() == 0, "an image may be black, if that is what is in it"


@pytest.mark.parametrize("kind, channels", [(RGB, 3), (GREY_ALPHA, 2), (RGB_ALPHA, 4)])
def test_channels_of_sixteen_bits(tmp_path, kind, channels):
    pixels = np.repeat(PAPER_AND_INK[..., None] * 257, channels, axis=-1)
    if kind != RGB:
        pixels[..., -1] = 65535
    png(tmp_path / "a/0.png", pixels, 16, kind)
    np.testing.assert_array_equal(load(tmp_path)[0], PAPER_AND_INK)
    pixels[..., :3] >>= 4
    if kind != RGB:
        pixels[..., -1] = 65535
    png(tmp_path / "a/0.png", pixels, 16, kind)
    with pytest.raises(DataError, match="0.png .*16 bits use only the lower bits"):
        load(tmp_path)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind, channels", [(RGB, 3), (GREY_ALPHA, 2), (RGB_ALPHA, 4)])
def test_channels_that_leave_the_upper_bits_empty_are_refused(tmp_path, bits, kind, channels):
    pixels = np.repeat(PAPER_AND_INK[..., None] << (bits - 8), channels, axis=-1)
    png(tmp_path / "a/0.png", pixels, 16, kind)
    with pytest.raises(DataError, match="0.png .*16 bits use only the lower bits"):
        load(tmp_path)


@pytest.mark.parametrize("kind, channels", [(GREY_ALPHA, 2), (RGB_ALPHA, 4)])
def test_black_ink_on_transparent_paper_in_sixteen_bits(tmp_path, kind, channels):
    pixels = np.zeros((*PAPER_AND_INK.shape, channels), int)
    pixels[..., -1] = (255 - PAPER_AND_INK) * 257
    png(tmp_path / "a/0.png", pixels, 16, kind)
    np.testing.assert_array_equal(load(tmp_path)[0], PAPER_AND_INK)


@pytest.mark.parametrize(
    "bits, kind", [(2, GREY), (4, GREY), (8, GREY), (16, GREY), (8, RGB), (16, RGB)]
)
def test_a_transparent_colour_is_paper(tmp_path, bits, kind):
    most = 2**bits - 1
    # The paper is grey and transparent: without heed to it the picture would have a dark paper.
    paper = 0x5A12 if bits == 16 else most // 3
    pixels = np.array([[paper, most, paper], [0, paper, paper]])
    expected = np.where(pixels == 0, 0, 255)
    if kind == RGB:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    png(tmp_path / "a/0.png", pixels, bits, kind, transparent=pixels[0, 0])
    np.testing.assert_array_equal(load(tmp_path)[0], expected)


def test_a_transparent_colour_has_no_part_in_the_bits(tmp_path):
    pixels = np.array([[65535, 0, 65535], [4080, 65535, 2048]])
    png(tmp_path / "a/0.png", pixels, 16, transparent=65535)
    assert load(tmp_path)[0].tolist() == [[255, 0, 255], [255, 255, 128]]


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("kind", ["RGBA", "LA", "P", (2, GREY), (8, GREY), (16, GREY), (16, RGB)])
def test_white_ink_on_transparent_paper(tmp_path, kind, color):
    ink = np.zeros((5, 4), np.uint8)
    ink[1:3, 2] = 255
    path = tmp_path / "a/0.png"
    path.parent.mkdir()
    if kind == "P":
        image = Image.fromarray(ink // 255)
        image.putpalette([255] * 6)
        image.save(path, transparency=0)
    elif isinstance(kind, str):
        alpha = Image.fromarray(ink)
        image = Image.new("L", alpha.size, 255)
        image.putalpha(alpha)
        image.convert(kind).save(path)
    else:
        bits, kind = kind
        pixels = np.where(ink == 255, 2**bits - 1, 0)
        if kind == RGB:
            pixels = np.repeat(pixels[..., None], 3, axis=-1)
        png(path, pixels, bits, kind, transparent=pixels[0, 0])
    (image,) = load(tmp_path, color=color)
    expected = 255 - ink
    np.testing.assert_array_equal(image, expected[..., None].repeat(3, 2) if color else expected)


def test_alpha_decides_only_where_the_picture_would_be_lost(tmp_path):
    (tmp_path / "a").mkdir()
    yellow = (255, 255, 0, 255)
    pictures = {
        "black": [(0, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 128)],
        "many": [yellow, (90, 90, 90, 255), (0, 0, 0, 0)],
        "opaque": [(255, 255, 255, 255), (250, 250, 250, 255), yellow],
        "nothing": [(255, 255, 255, 0), (0, 0, 0, 0), (0, 0, 0, 0)],
        "yellow": [yellow, yellow, (0, 0, 0, 0)],
        # As a scan with round corners, of a pencil's light drawing.
        "pencil": [(255, 255, 255, 255), (205, 205, 205, 255), (0, 0, 0, 0)],
    }
    for number, pixels in enumerate(pictures.values()):
        Image.fromarray(np.uint8([pixels])).save(tmp_path / f"a/{number}.png")
    found = dict(zip(pictures, load(tmp_path)[:, 0].tolist(), strict=True))
    assert found == {
        "black": [0, 255, 127],
        "many": [226, 90, 255],
        "opaque": [255, 250, 226],
        "nothing": [255, 255, 255],
        "yellow": [0, 0, 255],
        "pencil": [255, 205, 255],
    }
    assert load(tmp_path, color=True)[4, 0].tolist() == [[255, 255, 0], [255, 255, 0], [255] * 3]


def test_photos_are_upright_and_palettes_are_resolved(tmp_path):
    pixels = np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a").mkdir()
    for name, image in (("0", pixels), ("1", pixels.astype(np.uint16) << 8)):
        turned = Image.fromarray(np.rot90(image).copy())
        turned.save(tmp_path / f"a/{name}.png", exif=exif)
    image = Image.fromarray(pixels // 20)
    image.putpalette(np.repeat(np.arange(0, 240, 20), 3).tolist())
    image.save(tmp_path / "a/2.png")
    for image in load(tmp_path):
        np.testing.assert_array_equal(image, pixels)
