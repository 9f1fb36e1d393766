"""Images from which a test can read the class, the drawing and the rotation."""

from typing import NamedTuple

import numpy as np
import pytest

from episodes.dataset import FewShotDataset

SIDE = 5
CORNERS = ([0, 4, 4, 0], [0, 0, 4, 4])  # Where 0, 1, 2 and 3 quarter turns take the first corner.


class Code(NamedTuple):
    classes: np.ndarray
    drawings: np.ndarray
    rotations: np.ndarray


class CodedImages:
    """The centre holds the class, the inner corners the drawing, one outer corner marks the top."""

    @staticmethod
    def dataset(num_classes=40, num_drawings=12):
        images = np.zeros((num_classes, num_drawings, SIDE, SIDE), np.uint8)
        images[:, :, 2, 2] = np.arange(num_classes)[:, None]
        images[:, :, 1::2, 1::2] = np.arange(num_drawings)[:, None, None]
        images[:, :, 0, 0] = 255
        return FewShotDataset(images, [f"class{i}" for i in range(num_classes)])

    @staticmethod
    def read(pixels):
        """Reads images `(..., height, width)` or the first features of inputs `(..., features)`."""
        if pixels.shape[-2:] != (SIDE, SIDE):
            pixels = pixels[..., : SIDE * SIDE].reshape(*pixels.shape[:-1], SIDE, SIDE)
        values = np.round(pixels * 255).astype(int)
        rotations = values[..., CORNERS[0], CORNERS[1]].argmax(-1)
        return Code(values[..., 2, 2], values[..., 1, 1], rotations)


@pytest.fixture
def coded():
    return CodedImages
