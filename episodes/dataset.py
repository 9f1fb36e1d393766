"""FewShotDataset: images grouped by class, from which every sampler gathers."""

import dataclasses
import hashlib

import numpy as np

from episodes.wording import count


@dataclasses.dataclass(frozen=True, eq=False)
class FewShotDataset:
    """Images of many classes.

    Args:
        images: uint8 array of shape `(num_classes, num_drawings, height, width)`, with a last axis
            of channels if they have colour. Omniglot and the invented characters have ink on
            zero: 0 is paper, 255 is full ink.
        class_names: one distinct string per class, in the order of `images`.
        counts: `(num_classes,)`, how many drawings each class has; the rest of `images` are
            padding, which no sampler chooses. Defaults to `None`: all are drawings.

    Raises:
        ValueError: if the shapes, the type, the names or the counts do not fit.

    Example:

    >>> images = np.zeros((2, 3, 8, 8), "uint8")
    >>> FewShotDataset(images, ("Latin/a", "Latin/b")).num_drawings
    3
    """

    images: np.ndarray
    class_names: tuple[str, ...]
    counts: np.ndarray | None = None

    def __post_init__(self):
        images, names = np.asarray(self.images), tuple(self.class_names)
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "class_names", names)
        if images.ndim not in (4, 5) or images.dtype != np.uint8:
            raise ValueError(
                "Argument `images` must be a uint8 array of shape (num_classes, num_drawings, "
                f"height, width[, channels]). Received: {images.dtype} of shape {images.shape}."
            )
        if len(names) != len(images):
            raise ValueError(
                "Argument `class_names` must hold one name per class of `images`. Received: "
                f"{count(len(names), 'name')} for {count(len(images), 'class')}."
            )
        for name in names:
            if not isinstance(name, str):
                raise ValueError(
                    "Argument `class_names` must hold strings. Received: "
                    f"{type(name).__name__} {name!r}. Pass map(str, names)."
                )
        if len(set(names)) != len(names):
            raise ValueError("Argument `class_names` holds the same name twice: rename one.")
        counts = [images.shape[1]] * len(images) if self.counts is None else self.counts
        counts = np.asarray(counts)
        good = counts.shape == (len(images),) and np.all(
            (counts >= 1) & (counts <= images.shape[1]) & (counts == np.floor(counts))
        )
        if not good:
            raise ValueError(
                f"Argument `counts` must hold, for each of {count(len(images), 'class')}, an "
                f"integer from 1 to {images.shape[1]}. Received: {counts}."
            )
        object.__setattr__(self, "counts", counts.astype(np.int64))

    @property
    def num_classes(self):
        return self.images.shape[0]

    @property
    def num_drawings(self):
        """The most drawings that a class has."""
        return self.images.shape[1]

    @property
    def image_shape(self):
        return self.images.shape[2:]

    def select(self, indices):
        """Returns the dataset of the classes at `indices`, in that order."""
        indices = list(indices)
        names = [self.class_names[i] for i in indices]
        return FewShotDataset(self.images[indices], names, self.counts[indices])

    def groups(self):
        """Returns the group of each class, `(num_classes,)`, numbers from 0.

        A group is what stands before the last slash of the names: an alphabet of Omniglot.

        >>> images = np.zeros((3, 1, 2, 2), "uint8")
        >>> FewShotDataset(images, ["Latin/a", "Greek/a", "Latin/b"]).groups()
        array([1, 0, 1])
        """
        groups = [name.rpartition("/")[0] for name in self.class_names]
        return np.unique(groups, return_inverse=True)[1]

    def check_drawings(self, per_class, what):
        """Raises ValueError unless every class has `per_class` drawings.

        Args:
            per_class: how many distinct drawings of a class an episode needs.
            what: text that names the arguments that need them, with their values.
        """
        few = np.flatnonzero(self.counts < per_class)
        if len(few):
            raise ValueError(
                f"{what}: an episode needs {count(per_class, 'drawing')} of a class, because none "
                f"is used twice. There are fewer of {count(len(few), 'class')} of "
                f"`dataset`, such as {self.class_names[few[0]]!r}, which has "
                f"{self.counts[few[0]]}. Lower the number, or leave out what has fewer."
            )

    def class_hash(self):
        """Returns the SHA-256 hex digest of the sorted class names, which identifies a split."""
        return hashlib.sha256("\n".join(sorted(self.class_names)).encode()).hexdigest()

    def drawing_hashes(self):
        """Returns the set of the SHA-256 digests of the drawings, equal for equal drawings."""
        return {
            hashlib.sha256(image.tobytes()).digest()
            for images, count in zip(self.images, self.counts, strict=True)
            for image in images[:count]
        }
