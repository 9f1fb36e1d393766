"""Augmentation: small random changes of each image: its place, its shape, the width of strokes."""

import dataclasses

import numpy as np

from episodes._checks import check_number
from episodes.warping import CONTROLS, PADS, change_stroke_width, warp_images


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """The largest random changes of one image.

    The defaults are those of Santoro et al. (2016): plus or minus pi/16, and plus or minus 10 of
    the 105 pixels of an Omniglot drawing, along each axis. They moved the full-size drawing before
    shrinking it; moving the small image, as here, also blurs it by up to half a pixel.

    Args:
        max_rotation: degrees, 0 or more. Defaults to `11.25`.
        max_shift: fraction of the image's height and width, 0 to 1. Defaults to `10 / 105`.
        max_distortion: fraction of the image's height and width, 0 to 1, that the points of a grid
            of 4 x 4 move along each axis; the image between them follows, as ink on rubber.
            Defaults to `0.0`.
        max_thickening: pixels, 0 to 1, by which strokes of ink grow or shrink at either side.
            Defaults to `0.0`.
        fill: what moves in from outside: `"paper"`, zeros, as around ink; or `"edge"`, the pixel at
            the edge, as around photographs. Defaults to `"paper"`.

    Raises:
        ValueError: if a number is out of range or not finite, or `fill` is another word.

    Example:

    >>> noise = np.random.default_rng(0).uniform(-1, 1, (3, 3))
    >>> Augmentation().warp(np.zeros((3, 20, 20), "uint8"), noise).shape
    (3, 20, 20)
    """

    max_rotation: float = 11.25
    max_shift: float = 10 / 105
    max_distortion: float = 0.0
    max_thickening: float = 0.0
    fill: str = "paper"

    def __post_init__(self):
        check_number("max_rotation", self.max_rotation)
        for name in ("max_shift", "max_distortion", "max_thickening"):
            check_number(name, getattr(self, name), most=1)
        if self.fill not in PADS:
            raise ValueError(f"Argument `fill` must be paper or edge. Received: {self.fill!r}.")

    @property
    def noise_size(self):
        """Random numbers that `warp` takes for an image."""
        return 3 + bool(self.max_distortion) * 2 * CONTROLS**2 + bool(self.max_thickening)

    def warp(self, images, noise):
        """Returns `images` changed by `noise`, float32 of the same shape and range of values.

        Args:
            images: array `(num_images, height, width)`, ink on zero, with a last axis of channels
                if they have colour.
            noise: floats `(num_images, noise_size)` from -1 to 1, as fractions of the largest
                change: the rotation, the shift of the rows and that of the columns; then, where
                there are such changes, the shifts of the rows and columns of the grid's points, and
                the thickening.
        """
        if images.ndim == 4:
            channels = [self.warp(images[..., i], noise) for i in range(images.shape[-1])]
            return np.stack(channels, axis=-1)
        side = np.array(images.shape[1:])
        angles = noise[:, 0] * np.deg2rad(self.max_rotation)
        shifts = noise[:, 1:3] * (self.max_shift * side)
        bends = None
        if self.max_distortion:
            points = noise[:, 3 : 3 + 2 * CONTROLS**2].reshape(-1, 2, CONTROLS, CONTROLS)
            bends = points * (self.max_distortion * side)[:, None, None]
        if self.max_thickening:
            images = change_stroke_width(images, noise[:, -1] * self.max_thickening)
        return warp_images(images, angles, shifts, bends, self.fill)
