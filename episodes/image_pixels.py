"""Reads one image file as a viewer shows it: 8 bits, upright, on white paper."""

import contextlib

import numpy as np
from PIL import Image, ImageOps

from episodes.cache import DataError, summarize_error

# Pillow scales grey of few bits to 8 bits, but not the grey that is marked as transparent.
_GREY_STEPS = {"L;2": 85, "L;4": 17}
_BLACK = 16  # An image whose pixels are all darker than this shows nothing.
_DIM = 64  # Darker than this in the upper 8 of 16 bits: only the lower 14 bits are used.
_FAINT = 16  # Pixels that differ by fewer levels show no drawing.


@contextlib.contextmanager
def open_image(file):
    """Opens a file with Pillow; any failure while it is open raises DataError with its name."""
    try:
        with Image.open(file) as image:
            yield image
    # Pillow's readers raise nearly anything on damaged bytes.
    except Exception as error:
        raise DataError(
            f"Image {file} cannot be read ({summarize_error(error)}): mend or remove it."
        ) from None


def find_largest_deep_pixel(image):
    """Returns the largest pixel of a grey image of 16 bits, or 0 if it is another image."""
    if not _is_deep(image):
        return 0
    pixels, shown = _get_deep_pixels(image)
    return int(pixels.max(where=shown, initial=0))


def has_more_frames(image):
    """Returns whether frames or pages follow the first, other than the previews of cameras."""
    return getattr(image, "is_animated", False) and image.format != "MPO"


def read_pixels(image, color, largest):
    """Returns the pixels of an image, in 8 bits.

    Transparent pixels become white. If the other pixels have one colour that is as white, and so
    would be lost, they become dark: their opacity is the ink.

    Args:
        image: Pillow image, as opened.
        color: whether to return three channels; if not, grey.
        largest: the largest `find_largest_deep_pixel` of all images in the data set. Cameras and
            scanners save 10 or 12 bits as 16; only all images together show how many they use.

    Returns:
        Pillow image of mode "RGB" or "L".

    Raises:
        ValueError: if the pixels cannot be converted to 8 bits, or all would then be black.
    """
    mode, stored = "RGB" if color else "L", _describe_storage(image)
    deep, halved = _is_deep(image), ";16" in stored and image.mode in ("RGB", "RGBA", "LA")
    image = ImageOps.exif_transpose(image)
    if deep:
        image = _to_eight_bits(image, largest)
    elif image.mode in ("I", "F"):
        raise ValueError(f"pixels of mode {image.mode!r}: save it with 8 or 16 bits")
    elif "transparency" in image.info:
        image.info["transparency"] = _convert_transparent_color(image.info["transparency"], stored)
    if halved:
        _check_upper_half(image)
    if not image.has_transparency_data:
        return image.convert(mode)
    image = image.convert("RGBA")
    shown = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert(mode)
    alpha = image.getchannel("A")
    low, high = alpha.getextrema()
    if 255 - np.min(shown) < (high - low) / 4 and _is_plain(image.convert(mode), alpha):
        return ImageOps.invert(alpha).convert(mode)
    return shown


def read_array(image, image_size, color, invert, largest=None):
    """Returns an image as an array, uint8 `(height, width)`, or `(height, width, 3)` of colour.

    Args:
        image: Pillow image, as opened.
        image_size: side in pixels that it is resized to, made square by averaging; `None`: none.
        color: whether to return three channels; if not, grey.
        invert: whether to swap light and dark.
        largest: see `read_pixels`. Defaults to `None`: that of this image alone.
    """
    if largest is None:
        largest = find_largest_deep_pixel(image)
    image = read_pixels(image, color, largest)
    if image_size is not None:
        image = image.resize((image_size, image_size), Image.Resampling.BOX)
    pixels = np.asarray(image, np.uint8)
    return 255 - pixels if invert else pixels


def _is_plain(image, alpha):
    """Returns whether all pixels that are more opaque than not have one colour."""
    opaque = np.asarray(image)[np.asarray(alpha) > alpha.getextrema()[1] / 2]
    return np.ptp(opaque, axis=0).max() < _FAINT


def _describe_storage(image):
    """Returns how the pixels are stored in the file, as text; empty if there is no file."""
    return str(getattr(image, "tile", ""))


def _is_deep(image):
    # Versions of Pillow differ in whether grey of 16 bits is "I;16" or "I".
    sixteen = ";16" in _describe_storage(image) or image.format == "PPM"
    return image.mode.startswith("I;16") or (image.mode == "I" and sixteen)


def _get_deep_pixels(image):
    """Returns the pixels of a grey image of 16 bits, and which of them are not transparent."""
    pixels = np.asarray(image).astype(np.int32)
    return pixels, pixels != image.info.get("transparency", -1)


def _to_eight_bits(image, largest):
    pixels, shown = _get_deep_pixels(image)
    pixels = np.where(shown, pixels, 0)
    eight = pixels >> max(largest.bit_length() - 8, 0)
    if pixels.max() >= _BLACK > eight.max():
        raise ValueError(
            f"its pixels go up to {pixels.max()}, those of other 16-bit images here to {largest}, "
            "beside which it is black: save all of them with 8 bits"
        )
    image = Image.fromarray(eight.astype(np.uint8))
    if not shown.all():
        image.putalpha(Image.fromarray(shown.astype(np.uint8) * 255))
    return image


def _convert_transparent_color(color, stored):
    """Returns the colour that is transparent, in 8 bits as the pixels are after reading."""
    if isinstance(color, tuple):
        return tuple(value >> 8 for value in color) if ";16" in stored else color
    steps = [step for raw_mode, step in _GREY_STEPS.items() if f"'{raw_mode}'" in stored]
    return color * steps[0] if steps else color


def _check_upper_half(image):
    """Raises ValueError if the 8 of 16 bits that Pillow keeps of each channel show nothing.

    Ink that is black and opaque shows in the opacity.
    """
    highest = max(high for _, high in image.getextrema())
    *colors, alpha = np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)
    brightest = np.max(colors, where=alpha > 0, initial=0)
    if highest < _DIM or 0 < brightest < _BLACK:
        raise ValueError("its channels of 16 bits use only the lower bits: save it with 8 bits")
