"""Splits: the train, validation and test classes of one data set, disjoint by construction."""

import itertools
import typing

from episodes.dataset import FewShotDataset
from episodes.wording import count


class _Fields(typing.NamedTuple):
    train: FewShotDataset
    validation: FewShotDataset
    test: FewShotDataset


class Splits(_Fields):
    """Three datasets that share no class.

    Args:
        train: `FewShotDataset` to learn from.
        validation: `FewShotDataset` to choose settings and checkpoints by; may hold no class.
        test: `FewShotDataset` to report on.

    Raises:
        ValueError: if a class name is in two of them.

    Example:

    >>> import numpy as np
    >>> images = np.zeros((1, 20, 8, 8), "uint8")
    >>> splits = Splits(*(FewShotDataset(images, [name]) for name in ("a", "b", "c")))
    >>> splits.test.class_names
    ('c',)
    """

    __slots__ = ()

    def __new__(cls, train, validation, test):
        splits = super().__new__(cls, train, validation, test)
        for first, second in itertools.combinations(cls._fields, 2):
            names = [set(getattr(splits, field).class_names) for field in (first, second)]
            if shared := names[0] & names[1]:
                raise ValueError(
                    f"Arguments `{first}` and `{second}` must share no class: test classes must "
                    f"never be seen in training. Received: {len(shared)} in both, such as "
                    f"{min(shared)!r}. Remove them from one."
                )
        return splits

    def check_drawings(self):
        """Raises ValueError if a drawing is in two of the splits, by the SHA-256 of its pixels."""
        hashes = {field: dataset.drawing_hashes() for field, dataset in self._asdict().items()}
        for first, second in itertools.combinations(self._fields, 2):
            if shared := hashes[first] & hashes[second]:
                raise ValueError(
                    f"Arguments `{first}` and `{second}` share {count(len(shared), 'drawing')} "
                    "under different class names: test drawings must never be seen in training. "
                    "Remove them from one."
                )

    def hashes(self):
        """Returns the class hash of each split, by name: equal hashes mean equal classes."""
        return {field: dataset.class_hash() for field, dataset in self._asdict().items()}
