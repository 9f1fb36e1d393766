"""The pictures that are uploaded to a page: what becomes of them, and what is refused."""

import os
import struct
import sys
import zlib

import numpy as np
import pytest
from pages import refused, save_image
from PIL import ImageFile, WebPImagePlugin

from episodes import prepare_drawing
from mann_draw.pictures import MOST_BYTES, read_drawing


def upload(client, content):
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/api/upload", content=content, headers=headers)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_an_uploaded_picture_is_a_drawing(client, images, kind):
    content = save_image(np.pad(images[0, 0], ((30, 90), (60, 10))), kind)
    answer = upload(client, content).json()
    assert answer["doubt"] is None
    uploaded, prepared = read_drawing(answer["drawing"], 28), prepare_drawing(images[0, 0])
    assert np.corrcoef(uploaded.ravel(), prepared.ravel())[0, 1] > 0.95


def test_a_large_photograph_is_taken(client, images):
    photograph = images[0, 0].repeat(40, axis=0).repeat(40, axis=1)
    assert photograph.size > 16 * 10**6
    answer = upload(client, save_image(photograph, "JPEG")).json()
    uploaded, prepared = read_drawing(answer["drawing"], 28), prepare_drawing(images[0, 0])
    assert np.corrcoef(uploaded.ravel(), prepared.ravel())[0, 1] > 0.95


def test_what_does_not_seem_to_be_a_drawing_is_doubted(client):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), dtype=np.uint8)
    assert "does not seem to be a drawing" in upload(client, save_image(noise)).json()["doubt"]


@pytest.mark.parametrize("brightness", [0, 128, 255])
def test_a_picture_of_one_colour_is_refused(client, brightness):
    blank = save_image(np.full((80, 80), brightness, np.uint8))
    assert refused(upload(client, blank), 400, "shows no ink: it is of one colour")


def make_png_header(width, height):
    """Returns a PNG that promises so many pixels, and has none."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


def make_tiled_tiff(width, height, tile):
    """Returns a TIFF whose one tile of zeros is larger than the picture."""
    content = zlib.compress(bytes(tile * tile))
    start = 8 + 2 + 10 * 12 + 4
    tags = [(256, width), (257, height), (258, 8), (259, 8), (262, 1), (277, 1)]
    tags += [(322, tile), (323, tile), (324, start), (325, len(content))]
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + fields + bytes(4) + content


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG"])
def test_too_many_pixels_are_refused_before_they_are_decoded(client, kind, monkeypatch):
    def load(image):
        raise AssertionError(f"{image.format} was decoded")

    size = (8_100, 8_000) if kind == "JPEG" else (4_000, 4_100)
    content = save_image(np.zeros(size, np.uint8), kind)
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    monkeypatch.setattr(WebPImagePlugin.WebPImageFile, "load", load)
    pixels = f"{size[1]:,} x {size[0]:,} pixels, more than {64 if kind == 'JPEG' else 16} million"
    assert refused(upload(client, content), 400, pixels)


def test_the_tiles_of_a_tiff_may_not_be_too_large_either(client):
    assert refused(upload(client, make_tiled_tiff(10, 10, 5_008)), 400, "5,008 x 5,008 pixels")
    assert refused(upload(client, make_tiled_tiff(10, 10, 16)), 400, "shows no ink")


def test_bad_uploads_are_one_line(client, images):
    assert refused(upload(client, b""), 400, "cannot be read as a picture")
    assert refused(upload(client, b"%PDF-1.7"), 400, "PNG, JPEG, WEBP")
    assert refused(upload(client, b"%!PS-Adobe-3.0 EPSF-3.0\n"), 400, "cannot be read")
    assert refused(upload(client, make_png_header(10_000, 9_000)), 400, "10,000 x 9,000 pixels")
    assert refused(upload(client, make_png_header(60_000, 60_000)), 400, "far too many pixels")
    cut = save_image(images[0, 0])[:200]
    assert refused(upload(client, cut), 400, "damaged")
    assert refused(upload(client, bytes(MOST_BYTES + 1)), 413, "more than 20 MB")


def test_nothing_uploaded_is_written_to_disk(client, images):
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    watching, written = [True], []

    def watch(event, arguments):
        if watching and event == "open" and arguments[2] & writing:
            written.append(arguments[0])

    # A hook cannot be taken away again.
    sys.addaudithook(watch)
    assert upload(client, save_image(images[0, 0])).status_code == 200
    watching.clear()
    assert written == []
