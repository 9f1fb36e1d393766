"""Brings drawings of any kind to the form that the models know: ink on zero, amid paper."""

import os
import warnings

import numpy as np
from PIL import Image, ImageOps

from episodes._checks import check_positive
from episodes.image_pixels import find_largest_deep_pixel, open_image, read_pixels

# The longer side of the ink, as a part of the frame's. In half of Omniglot's drawings it is from
# 0.55 to 0.74; of the parts tried, models of Omniglot recognise most with this one.
FILL = 20 / 28
# A larger drawing is not recognised any better in a small frame.
_LARGEST_SIDE = 512
# Images with a side below this are not photographs: their paper is lit evenly.
_EVEN_SIDE = 64
# An image with a smaller part of even paper is not taken for a drawing. Pixels are even where they
# differ from the paper by less than this part of the ink.
_LEAST_PAPER, _EVEN = 0.3, 0.05


def prepare_drawing(image, size=28, fill=FILL):
    """Returns a drawing as Omniglot and the pretrained models have it: ink on zero, in the middle.

    The paper is the colour of most of the border; light that falls off over the image, as in
    photographs of paper, is evened out. Ink differs from the paper: dark on light, light on dark,
    or in a colour. It is cropped and scaled, with its proportions kept, so that its longer side
    fills a part of a square frame.

    Args:
        image: path of an image file, a Pillow image, or an array of pixels, `(height, width)` or
            `(height, width, channels)`: 1 of grey, 3 of colour, and one more for how opaque the
            pixels are. Booleans, integers or floats of any range: only differences count.
        size: side of the frame in pixels, 1 or more. Defaults to `28`.
        fill: longer side of the ink, as a part of the frame's, above 0, at most 1. Defaults to
            `20 / 28`, about what Omniglot's drawings fill.

    Returns:
        float32 `(size, size)`, from 0, paper, to 1, full ink.

    Warns:
        UserWarning: if the image shows no clear paper, as photographs of things do, or no ink.

    Raises:
        ValueError: if an argument is out of range, or a pixel is not a number.
        DataError: if the file cannot be read.

    Example:

    >>> page = np.full((60, 40), 250, "uint8")  # white, with a dark stroke
    >>> page[5:45, 10:14] = 30
    >>> drawing = prepare_drawing(page)
    >>> rows, columns = np.nonzero(drawing > 0.5)
    >>> rows.min(), rows.max(), columns.min(), columns.max()
    (np.int64(4), np.int64(23), np.int64(13), np.int64(14))
    """
    check_positive("size", size)
    if not 0 < fill <= 1:
        raise ValueError(f"Argument `fill` must be above 0 and at most 1. Received: {fill!r}.")
    drawing, doubt = prepare_with_doubt(image, size, fill)
    if doubt:
        warnings.warn(f"Argument `image` {doubt}.", stacklevel=2)
    return drawing


def prepare_with_doubt(image, size, fill=FILL):
    """Returns the drawing of `prepare_drawing`, and a string that doubts it, or `None`."""
    contrast = _measure_contrast(_remove_opacity(_shrink(_read_as_floats(image))))
    near_paper = np.abs(contrast)
    if not contrast.any():
        return np.zeros((size, size), np.float32), "shows no ink: it is of one colour"
    doubt = None
    if np.mean(near_paper < _EVEN) < _LEAST_PAPER:
        doubt = "shows no clear paper: it does not seem to be a drawing"
    # Three standard deviations of the paper, if it is grainy as photographs are.
    grain = min(0.5, 3 * np.quantile(near_paper, 0.25) / 0.32)
    ink = ((contrast - grain) / (1 - grain)).clip(0, 1)
    return _frame(ink.astype(np.float32), size, fill), doubt


def _read_as_floats(image):
    """Returns an image as float32 `(height, width, channels)`."""
    if isinstance(image, (str, os.PathLike)):
        with open_image(image) as opened:
            return _read_pillow_image(opened)
    if hasattr(image, "getbands"):
        return _read_pillow_image(image)
    array = np.asarray(image)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or not 1 <= array.shape[-1] <= 4 or not array.size:
        raise ValueError(
            "Argument `image` must be a path, a Pillow image, or an array of shape (height, width) "
            f"or (height, width, channels), with 1 to 4 channels. Received: {np.shape(image)}."
        )
    if array.dtype.kind not in "buif":
        raise ValueError(f"Argument `image` must hold numbers. Received: {array.dtype}.")
    if not np.isfinite(array).all():
        raise ValueError("Argument `image` must hold numbers. Received: NaN or infinity.")
    return array.astype(np.float32)


def _read_pillow_image(image):
    if image.mode.startswith(("I", "F")) and "transparency" not in image.info:
        return _read_as_floats(np.asarray(ImageOps.exif_transpose(image)))
    return _read_as_floats(np.asarray(read_pixels(image, True, find_largest_deep_pixel(image))))


def _shrink(pixels):
    height, width, _ = pixels.shape
    scale = _LARGEST_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(scale * height)), max(1, round(scale * width))
    box = 0, 0, width, height
    return np.stack([_resize(pixels[..., i], size, box) for i in range(pixels.shape[-1])], axis=-1)


def _resize(pixels, size, box):
    """Returns a box of `(height, width)` resized: averaged to fewer pixels, or smooth with more."""
    fewer = box[3] - box[1] >= size[0]
    how = Image.Resampling.BOX if fewer else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize(size[::-1], how, box=box))


def _get_border(pixels):
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _remove_opacity(pixels):
    """Returns the pixels as they look on paper, without their opacity."""
    if pixels.shape[-1] % 2:
        return pixels
    colors, opacity = pixels[..., :-1], pixels[..., -1:]
    opacity = opacity / (opacity.max() or 1)
    opaque = _get_border(opacity)[:, 0] > 0.5
    if opaque.mean() < 0.5:
        # The paper is transparent: the opaque pixels are ink.
        return opacity
    paper = np.median(_get_border(colors)[opaque], axis=0)
    return paper + opacity * (colors - paper)


def _measure_contrast(pixels):
    """Returns how far each pixel is from the paper towards the ink, about 1 where there is ink.

    All zeros if the image is of one colour.
    """
    contrast = (pixels - _estimate_paper(pixels)).reshape(-1, pixels.shape[-1])
    distance = np.abs(contrast).max(axis=1)
    # Not the very largest, which may be dust.
    largest = np.sort(distance)[-5:][0]
    if largest <= 1e-4 * np.abs(pixels).max():
        return np.zeros(pixels.shape[:2])
    ink = contrast[distance > largest / 2].mean(axis=0)
    if np.abs(ink).max() < largest / 4:
        # Some pixels are as much lighter than the paper as others are darker: take one of both as
        # ink.
        ink = contrast[distance.argmax()]
    return (contrast @ ink / (ink @ ink)).reshape(pixels.shape[:2])


def _estimate_paper(pixels):
    """Returns the image without ink: one colour, or a curved surface of light."""
    height, width, _ = pixels.shape
    paper = np.median(_get_border(pixels), axis=0)
    if min(height, width) < _EVEN_SIDE:
        return paper
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    surface = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    apart = slice(None, None, -(-max(height, width) // _EVEN_SIDE))
    some, points = pixels[apart, apart], surface[apart, apart]
    for _ in range(6):
        distance = np.abs(some - paper).max(axis=-1)
        near = distance <= np.median(distance)
        curve = np.linalg.lstsq(points[near], some[near], rcond=None)[0]
        paper = points @ curve
    return surface @ curve


def _frame(ink, size, fill):
    """Returns the ink cropped and scaled into a frame."""
    (top, bottom), (left, right) = (_find_extent(ink.sum(axis=axis)) for axis in (1, 0))
    side = max(bottom - top, right - left) / fill
    around = int(np.ceil(side))
    y, x = (around + (start + end - side) / 2 for start, end in ((top, bottom), (left, right)))
    padded = np.pad(ink, around)
    return _resize(padded, (size, size), (x, y, x + side, y + side)).clip(0, 1)


def _find_extent(ink):
    """Returns where most of the ink along an axis starts and ends; the rest may be dust."""
    share = np.cumsum(ink) / ink.sum()
    return np.searchsorted(share, 0.005), np.searchsorted(share, 0.995) + 1
