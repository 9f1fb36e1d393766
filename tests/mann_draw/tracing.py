"""Strokes from the pixels of a drawing: its ink thinned to lines, which are then followed."""

import numpy as np


def trace_strokes(image):
    """Returns the strokes of a drawing, lists of points `(x, y)` from 0 to 1.

    Args:
        image: `(size, size)`, ink above half of the brightest pixel.
    """
    left = {tuple(point) for point in np.argwhere(_thin(image > image.max() / 2))}
    strokes = []
    while left:
        # From an end of a line, if there is one: elsewhere it would be cut into two.
        point = min(sorted(left), key=lambda one: len(_neighbours(one, left)))
        stroke = [point]
        left.remove(point)
        while near := _neighbours(point, left):
            # Rather straight beside than across a corner.
            point = min(near, key=lambda one: abs(one[0] - point[0]) + abs(one[1] - point[1]))
            left.remove(point)
            stroke.append(point)
        strokes.append(
            [((x + 0.5) / image.shape[1], (y + 0.5) / image.shape[0]) for y, x in stroke]
        )
    return strokes


def _neighbours(point, points):
    y, x = point
    around = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    return [one for one in around if one in points]


def _thin(ink):
    """Returns the ink thinned to lines of one pixel, by the rules of Zhang and Suen (1984)."""
    ink = np.pad(ink, 1).astype(np.int8)
    removed = True
    while removed:
        removed = False
        for first in (True, False):
            # The eight neighbours of each pixel, from the one above clockwise.
            offsets = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
            ring = [np.roll(ink, (-dy, -dx), (0, 1)) for dy, dx in offsets]
            north, east, south, west = ring[0], ring[2], ring[4], ring[6]
            number = sum(ring)
            turns = sum(
                (one == 0) & (two == 1) for one, two in zip(ring, ring[1:] + ring[:1], strict=True)
            )
            open_side = (
                (north * east * south == 0) & (east * south * west == 0)
                if first
                else (north * east * west == 0) & (north * south * west == 0)
            )
            away = (ink == 1) & (number >= 2) & (number <= 6) & (turns == 1) & open_side
            ink[away] = 0
            removed |= bool(away.any())
    return ink[1:-1, 1:-1]
