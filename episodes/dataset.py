"""FewShotDataset: images grouped by class, the array that every sampler gathers from."""

import dataclasses
import hashlib

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class FewShotDataset:
    """Images of many classes, with the same number of drawings of each.

    Args:
        images: uint8 array of shape `(num_classes, num_drawings, height, width)`, ink on zero:
            0 is paper, 255 is full ink.
        class_names: one distinct name per class, in the order of `images`.

    Raises:
        ValueError: if the shapes, the type or the names do not fit.

    Example:

    >>> images = np.zeros((2, 3, 8, 8), "uint8")
    >>> FewShotDataset(images, ("Latin/a", "Latin/b")).num_drawings
    3
    """

    images: np.ndarray
    class_names: tuple[str, ...]

    def __post_init__(self):
        object.__setattr__(self, "class_names", tuple(self.class_names))
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise ValueError(
                "Argument `images` must be a uint8 array of shape (num_classes, num_drawings, "
                f"height, width). Received: {self.images.dtype} of shape {self.images.shape}."
            )
        if len(self.class_names) != len(self.images):
            raise ValueError(
                "Argument `class_names` must hold one name per class of `images`. Received: "
                f"{len(self.class_names)} names for {len(self.images)} classes."
            )
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("Argument `class_names` holds the same name twice: rename one.")

    @property
    def num_classes(self):
        return self.images.shape[0]

    @property
    def num_drawings(self):
        return self.images.shape[1]

    @property
    def image_shape(self):
        return self.images.shape[2:]

    def select(self, indices):
        """Returns the dataset of the classes at `indices`, in that order."""
        indices = list(indices)
        return FewShotDataset(self.images[indices], [self.class_names[i] for i in indices])

    def class_hash(self):
        """Returns the SHA-256 hex digest of the sorted class names: what is in this split."""
        return hashlib.sha256("\n".join(sorted(self.class_names)).encode()).hexdigest()
