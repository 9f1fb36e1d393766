"""The pictures that a browser sends: checked before they are decoded, and only in memory."""

import base64
import binascii
import contextlib
import io
import math

import numpy as np
from PIL import Image

from episodes.cache import summarize_error
from episodes.drawing import prepare_with_doubt
from mann_draw.errors import RequestError

# What browsers and cameras write; others of Pillow's readers start programs.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_BYTES = 20 * 2**20
# As the pixels of a photograph of 16 megapixels, in floats, take 200 MB.
_MOST_PIXELS = 16 * 10**6
# A JPEG is decoded at a fraction of its size, but a progressive one of 64 takes 400 MB before.
_MOST_JPEG_PIXELS = 64 * 10**6
# The tags of a TIFF with the width and the height of its tiles.
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
# Side of the pictures of drawings that a page keeps; the models' are smaller.
SIDE = 112
_MOST_DRAWING_BYTES = 64 * 2**10
_PREFIX = "data:image/png;base64,"


def convert_upload(content):
    """Returns a picture of any kind as a page keeps it, and a string that doubts it, or `None`.

    Args:
        content: bytes of an image file.

    Returns:
        Tuple of the data URL of a PNG whose opacity is the ink, and of the doubt.

    Raises:
        RequestError: if the bytes are not an image that can be read, it has too many pixels, or it
            shows no ink.
    """
    with _open(content, _FORMATS) as image:
        _check_pixels(image)
        with _refuse_damaged():
            # Decodes a large JPEG at a fraction of its size.
            image.draft("RGB", (1024, 1024))
            drawing, doubt = prepare_with_doubt(image, SIDE)
    opacity = Image.fromarray(np.round(255 * drawing).astype(np.uint8))
    if opacity.getbbox() is None:
        raise RequestError("The picture shows no ink: it is of one colour. Choose another one.")
    picture = Image.merge("LA", [Image.new("L", opacity.size), opacity])
    file = io.BytesIO()
    picture.save(file, "PNG")
    return _PREFIX + base64.b64encode(file.getvalue()).decode(), doubt


def read_drawing(url, size):
    """Returns a drawing as the models know it, uint8 `(size, size)`.

    Args:
        url: data URL of a PNG as `convert_upload` makes it, and the page of strokes: `SIDE` pixels
            high and wide, whose opacity is the ink, in the middle.
        size: side of the models' images, in pixels.

    Raises:
        RequestError: if it is not such a URL.
    """
    if not isinstance(url, str) or not url.startswith(_PREFIX):
        raise RequestError(f"A drawing must be a text that begins with {_PREFIX}.")
    if len(url) > _MOST_DRAWING_BYTES:
        raise RequestError(
            f"A drawing must have at most {_MOST_DRAWING_BYTES:,} bytes. Received: {len(url):,}."
        )
    try:
        content = base64.b64decode(url.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise RequestError("A drawing is not valid base64.") from None
    with _open(content, ("PNG",)) as image:
        if image.size != (SIDE, SIDE) or image.mode not in ("LA", "RGBA"):
            raise RequestError(
                f"A drawing must have {SIDE} x {SIDE} pixels, whose opacity is the ink. Received: "
                f"{image.width:,} x {image.height:,} of mode {image.mode}."
            )
        with _refuse_damaged():
            opacity = image.getchannel("A")
    return np.asarray(opacity.resize((size, size), Image.Resampling.BOX))


def _check_pixels(image):
    """Raises RequestError if an image, not yet decoded, has too many pixels."""
    with _refuse_damaged():
        tags = getattr(image, "tag_v2", {})
        # The tiles of a TIFF may be larger than the picture, and are decoded whole.
        tile = tags.get(_TILE_WIDTH, 1), tags.get(_TILE_HEIGHT, 1)
        width, height = max(image.size, tile, key=math.prod)
    most = _MOST_JPEG_PIXELS if image.format in ("JPEG", "MPO") else _MOST_PIXELS
    if width * height > most:
        raise RequestError(
            f"The picture has {width:,} x {height:,} pixels, more than {most // 10**6} million: "
            "make it smaller and upload it again."
        )


def _open(content, formats):
    try:
        return Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError:
        raise RequestError("The picture has far too many pixels: make it smaller.") from None
    # Pillow's readers raise nearly anything on damaged bytes.
    except Exception:
        names = ", ".join(formats)
        raise RequestError(
            f"The file cannot be read as a picture: choose one of these kinds: {names}."
        ) from None


@contextlib.contextmanager
def _refuse_damaged():
    try:
        yield
    except Exception as error:
        raise RequestError(
            f"The picture is damaged ({summarize_error(error)}): save it again."
        ) from None
