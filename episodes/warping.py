"""Moves the pixels of images: rotation, shift and elastic distortion, and the width of strokes."""

import functools

import numpy as np

# Points of the grid of an elastic distortion, along each axis.
CONTROLS = 4
# What fills an image on: how NumPy pads it.
PADS = {"paper": "constant", "edge": "edge"}
# The temporaries of this many pixels stay in the processor's cache: three times faster.
_PIXELS_PER_CHUNK = 25_000
# Standard deviation of a point's influence, in distances of two points: smooth, and still local.
_INFLUENCE = 0.6


def warp_images(images, angles, shifts, bends=None, fill="paper"):
    """Returns each image bent, rotated about its centre, then shifted.

    Args:
        images: array `(num_images, height, width)`.
        angles: `(num_images,)` radians, counter-clockwise.
        shifts: `(num_images, 2)` pixels, down and to the right.
        bends: `(num_images, 2, 4, 4)` pixels, up and to the left, by which the image moves at the
            points of a grid, the first at its first row and column, the last at its last. Defaults
            to `None`: not bent.
        fill: what moves in from outside, one of `PADS`. Defaults to `"paper"`.

    Returns:
        float32 array of the shape of `images`, by bilinear interpolation.

    Example:

    >>> image = np.array([[[0, 0, 0], [0, 8, 4], [0, 0, 0]]])
    >>> warp_images(image, np.zeros(1), np.array([[0, 0.5]]))[0, 1].tolist()
    [0.0, 4.0, 6.0]
    """
    angles = np.asarray(angles, np.float32)
    shifts = np.asarray(shifts, np.float32)
    moved = np.empty(images.shape, np.float32)
    chunk = max(1, _PIXELS_PER_CHUNK // (images.shape[1] * images.shape[2]))
    for start in range(0, len(images), chunk):
        rows = slice(start, start + chunk)
        bent = None if bends is None else np.asarray(bends[rows], np.float32)
        moved[rows] = _warp(images[rows], angles[rows], shifts[rows], bent, fill)
    return moved


def _warp(images, angles, shifts, bends, fill):
    num_images, height, width = images.shape
    # One pixel before and two after: every neighbour of a clipped position exists.
    around = ((0, 0), (1, 2), (1, 2))
    padded = np.pad(images.astype(np.float32), around, mode=PADS[fill])
    stride = width + 3
    middle_y, middle_x = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
    y = (np.arange(height, dtype=np.float32) - middle_y - shifts[:, :1])[:, :, None]
    x = (np.arange(width, dtype=np.float32) - middle_x - shifts[:, 1:])[:, None, :]
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    # Where each output pixel comes from: the opposite rotation.
    source_y = cos * y + (sin * x + (middle_y + 1))
    source_x = cos * x - (sin * y - (middle_x + 1))
    if bends is not None:
        rows, columns = _spread_controls(height), _spread_controls(width)
        source_y += rows @ bends[:, 0] @ columns.T
        source_x += rows @ bends[:, 1] @ columns.T
    source_y.clip(0, height + 1, out=source_y)
    source_x.clip(0, width + 1, out=source_x)
    corner = source_y.astype(np.intp)
    column = source_x.astype(np.intp)
    source_y -= corner
    source_x -= column
    corner *= stride
    corner += column
    corner += np.arange(num_images)[:, None, None] * (height + 3) * stride
    pixels = padded.reshape(-1)
    above = _mix(pixels.take(corner), pixels[1:].take(corner), source_x)
    below = _mix(pixels[stride:].take(corner), pixels[stride + 1 :].take(corner), source_x)
    return _mix(above, below, source_y)


def _mix(start, end, fraction):
    # In place: `end` is a temporary of the caller's.
    end -= start
    end *= fraction
    end += start
    return end


@functools.cache
def _spread_controls(side):
    """Returns the weight of each point of the grid at each pixel along an axis, `(side, points)`.

    The weights of a pixel add up to one, so that points that all move alike move the image.
    """
    pixels = np.arange(side)[:, None] * ((CONTROLS - 1) / max(1, side - 1))
    weights = np.exp(-(((pixels - np.arange(CONTROLS)) / _INFLUENCE) ** 2) / 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def change_stroke_width(images, amounts):
    """Returns images whose strokes of ink are wider, or narrower, at either side.

    A pixel goes towards the most ink of itself and its four neighbours, or towards the least: a
    stroke that covers a part of a pixel covers more of it, or less.

    Args:
        images: array `(num_images, height, width)`, ink on zero.
        amounts: `(num_images,)` pixels from -1, narrower, to 1, wider.

    Returns:
        float32 array of the shape of `images`.

    Example:

    >>> stroke = np.array([[[0, 8, 0], [0, 8, 0], [0, 8, 0]]] * 2)
    >>> change_stroke_width(stroke, np.array([0.5, -0.25]))[:, 1].tolist()
    [[4.0, 8.0, 4.0], [0.0, 6.0, 0.0]]
    """
    images = np.asarray(images, np.float32)
    amounts = np.asarray(amounts, np.float32)
    changed = np.empty_like(images)
    for rows, extreme in ((amounts >= 0, np.maximum), (amounts < 0, np.minimum)):
        chosen = images[rows]
        reached = chosen.copy()
        for axis in (1, 2):
            ahead = (slice(None),) * axis + (slice(1, None),)
            behind = (slice(None),) * axis + (slice(None, -1),)
            extreme(reached[ahead], chosen[behind], out=reached[ahead])
            extreme(reached[behind], chosen[ahead], out=reached[behind])
        changed[rows] = _mix(chosen, reached, np.abs(amounts[rows])[:, None, None])
    return changed
