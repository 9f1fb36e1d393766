"""Invented handwritten characters: a few-shot dataset that needs no download.

A character is a little program of pen strokes, and a drawing of it is that program run once more
by an unsteady hand: the story of Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning
through probabilistic program induction" (Science, 2015), in its simplest form.
A stroke is 5 control points; its curve and its ink are both products of matrices.
"""

import numpy as np

from episodes._checks import check_integer
from episodes.dataset import FewShotDataset

KNOTS = np.linspace(-1, 1, 5)


def _smooth(num_points):
    """Returns the matrix `(num_points, 5)` from 5 control points to the polynomial through them."""
    # Times crowd at both ends, where the polynomial moves fastest.
    times = -np.cos(np.linspace(0, np.pi, num_points))
    return np.vander(times, 5) @ np.linalg.inv(np.vander(KNOTS, 5))


def _angular(num_points):
    """Returns the matrix `(num_points, 5)` from 5 control points to the lines between them."""
    times = np.linspace(-1, 1, num_points)
    return np.stack([np.interp(times, KNOTS, one) for one in np.eye(5)], axis=1)


# The strokes of a pen: their frequency, how they join their points, and the points (x right, y
# down) in a square of side 1.
STROKES = (
    (5.0, _smooth, [(0.5, 0), (0.5, 0.25), (0.5, 0.5), (0.5, 0.75), (0.5, 1)]),  # stem
    (3.0, _smooth, [(0.3, 0), (0.45, 0.25), (0.5, 0.5), (0.45, 0.75), (0.3, 1)]),  # parenthesis
    (3.0, _smooth, [(0.1, 0), (0.5, 0.15), (0.65, 0.5), (0.5, 0.85), (0.1, 1)]),  # bowl of a D
    (1.5, _smooth, [(0.5, 0), (0.1, 0.5), (0.5, 1), (0.9, 0.5), (0.5, 0)]),  # ring
    (1.5, _smooth, [(0.6, 0), (0.6, 0.4), (0.6, 0.75), (0.4, 1), (0, 0.8)]),  # hook of a J
    (1.0, _smooth, [(0.8, 0.1), (0.2, 0.15), (0.5, 0.5), (0.8, 0.85), (0.15, 0.9)]),  # S
    (1.0, _smooth, [(0.7, 0), (0.15, 0.5), (0.45, 1), (0.8, 0.7), (0.3, 0.6)]),  # curl of a 6
    (1.0, _smooth, [(1, 0), (0.45, 0.85), (0.05, 0.5), (0.45, 0.15), (1, 1)]),  # alpha
    (2.0, _angular, [(0.1, 0), (0.1, 0.5), (0.1, 1), (0.45, 1), (0.8, 1)]),  # L
    (2.0, _angular, [(0.1, 0), (0.3, 0.5), (0.5, 1), (0.7, 0.5), (0.9, 0)]),  # V
    (1.0, _angular, [(0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.1, 0.9), (0.9, 0.9)]),  # Z
    (1.0, _angular, [(0.1, 1), (0.1, 0), (0.5, 0.6), (0.9, 0), (0.9, 1)]),  # M
    (1.0, _angular, [(0.9, 0), (0.1, 0), (0.1, 0.5), (0.1, 1), (0.9, 1)]),  # bracket
)
FREQUENCIES = np.array([frequency for frequency, _, _ in STROKES])
FREQUENCIES = FREQUENCIES / FREQUENCIES.sum()
TEMPLATES = np.array([points for _, _, points in STROKES])

# (5, 3): a hand shifts the control points of a stroke, turns or stretches it, and bends it.
DEFORM = np.stack([np.ones(5), KNOTS, 2 * KNOTS**2 - 1], axis=1)

# Fractions of the image's side.
MARGIN = 0.11
PEN_WIDTH = 0.0165  # standard deviation of the ink across a stroke


def generate_characters(num_classes, seed=0, num_drawings=20, image_size=20):
    """Returns a dataset of invented handwritten characters.

    Class `i` of a seed is the same character whatever `num_classes` is, and its drawing `j` is
    the same whatever `num_drawings` is; `image_size` only changes the resolution.

    Args:
        num_classes: number of characters, 1 or more.
        seed: integer, 0 or more; another seed invents other characters. Defaults to `0`.
        num_drawings: drawings of each character, 1 or more. Defaults to `20`, as in Omniglot.
        image_size: height and width of an image in pixels, 12 or more. Defaults to `20`.

    Returns:
        A `FewShotDataset` whose classes are named `seed0/class0000`, `seed0/class0001`, ...

    Raises:
        ValueError: if an argument is not an integer or is too small.

    Example:

    >>> generate_characters(3, num_drawings=2).images.shape
    (3, 2, 20, 20)
    """
    for name, value, least in (
        ("num_classes", num_classes, 1),
        ("seed", seed, 0),
        ("num_drawings", num_drawings, 1),
        ("image_size", image_size, 12),
    ):
        check_integer(name, value, least)
    # Three points of a stroke per pixel of the image's side leave no gaps in the longest strokes.
    curves = np.stack([curve(3 * image_size) for _, curve, _ in STROKES])
    images = np.empty((num_classes, num_drawings, image_size, image_size), "uint8")
    for index in range(num_classes):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        kinds, control = _invent(rng, curves)
        points, pen_widths = _draw(rng, curves[kinds], control, num_drawings)
        images[index] = _ink(points, pen_widths, image_size)
    return FewShotDataset(images, [f"seed{seed}/class{i:04d}" for i in range(num_classes)])


def _invent(rng, curves):
    """Returns a character: the kinds of its strokes, a list, and their control points
    `(strokes, 5, 2)`, centred on zero, the longer side of the character being 1."""
    kinds, control = [], np.empty((0, 5, 2))
    # An amount of ink, not of strokes: a zigzag is a letter by itself, two stems are hardly one.
    enough = rng.uniform(1.5, 2.8)
    while np.linalg.norm(np.diff(control, axis=1), axis=-1).sum() < enough:
        kinds.append(rng.choice(len(STROKES), p=FREQUENCIES))
        earlier = np.concatenate([np.zeros((1, 2)), *control])
        stroke = _add_stroke(rng, TEMPLATES[kinds[-1]], earlier)
        control = np.concatenate([control, stroke[None]])
    points = (curves[kinds] @ control).reshape(-1, 2)
    low, high = points.min(0), points.max(0)
    return kinds, (control - (low + high) / 2) / (high - low).max()


def _add_stroke(rng, template, earlier, tries=8):
    """Returns a stroke `(5, 2)` like `template` that starts, turns or ends at an `earlier` point.

    It is the most legible of several: away from the other strokes, but not far from them.
    """
    turn = np.pi / 2 * rng.choice(4, tries, p=[0.4, 0.25, 0.1, 0.25]) + rng.normal(0, 0.1, tries)
    size = rng.uniform(0.5, 1, (tries, 1, 1)) * rng.uniform(0.7, 1.1, (tries, 1, 2))
    strokes = (
        (template + DEFORM @ rng.normal(0, 0.05, (tries, 3, 2))) * size @ _make_rotations(turn)
    )
    joint = strokes[np.arange(tries), rng.choice([0, 0, 2, 4], tries)]
    strokes += (rng.choice(earlier, tries) - joint)[:, None]
    clearance = np.linalg.norm(strokes[:, :, None] - earlier, axis=-1).min(2)
    high = np.maximum(strokes.max(1), earlier.max(0))
    low = np.minimum(strokes.min(1), earlier.min(0))
    legibility = np.minimum(clearance, 0.3).mean(1) - 0.2 * (high - low).max(1)
    return strokes[legibility.argmax()]


def _make_rotations(angles):
    """Returns the matrices `(len(angles), 2, 2)` that turn row vectors by `angles`, in radians."""
    cos, sin = np.cos(angles), np.sin(angles)
    return np.stack([cos, sin, -sin, cos], axis=-1).reshape(-1, 2, 2)


def _draw(rng, curves, control, num_drawings):
    """Returns the points of each drawing `(num_drawings, strokes, points, 2)`, in a unit square,
    and the width of its pen `(num_drawings,)`."""
    # One row of noise per drawing, so that more drawings leave the first ones as they are.
    noise = rng.standard_normal((num_drawings, 7 + 6 * len(control)))
    turn, slant, pen_width = (noise[:, :3] * [0.1, 0.2, 0.08]).T
    size, place = 0.68 * np.exp(0.1 * noise[:, None, None, 3:5]), 0.04 * noise[:, None, None, 5:7]
    unsteady = DEFORM @ noise[:, 7:].reshape(num_drawings, -1, 3, 2)
    points = curves @ (control + 0.032 * unsteady)
    points[..., 0] -= slant[:, None, None] * points[..., 1]
    points = points * size @ _make_rotations(turn)[:, None]
    # A drawing that would leave the paper is made smaller, then moved back.
    side = np.ptp(points, axis=(1, 2), keepdims=True)
    points *= np.minimum(1, (1 - 2 * MARGIN) / side.max(-1, keepdims=True))
    low, high = points.min((1, 2), keepdims=True), points.max((1, 2), keepdims=True)
    points += np.clip(0.5 + place, MARGIN - low, 1 - MARGIN - high)
    return points, PEN_WIDTH * np.exp(pen_width)


def _ink(points, pen_widths, image_size):
    """Returns the drawings as uint8 images: a Gaussian pen, whose ink adds up until it is full.

    A Gaussian is a function of x times a function of y, so that the sum over the points of all
    strokes is one product of matrices, `(rows, points) @ (points, columns)`.
    """
    # Ink per point is the length of the curve it stands for: half of both segments beside it.
    half = np.linalg.norm(np.diff(points, axis=2), axis=-1) / 2
    length = np.pad(half, ((0, 0), (0, 0), (0, 1))) + np.pad(half, ((0, 0), (0, 0), (1, 0)))
    # A pixel averages the ink over its area: a box of variance 1 / 12.
    width = np.hypot(pen_widths, 12**-0.5 / image_size)[:, None, None].astype("float32")
    pixels = (np.arange(image_size, dtype="float32") + 0.5) / image_size
    x, y = np.moveaxis(points.reshape(len(points), -1, 2, 1).astype("float32"), 2, 0)
    columns = np.exp(-(((x - pixels) / width) ** 2) / 2)
    rows = np.exp(-(((y - pixels) / width) ** 2) / 2)
    rows *= length.reshape(len(points), -1, 1) / (width * np.sqrt(2 * np.pi))
    ink = rows.swapaxes(1, 2) @ columns
    return np.rint(255 * np.minimum(1, 1.1 * ink)).astype("uint8")
