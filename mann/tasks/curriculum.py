"""Curriculum: chooses the levels of difficulty to train on, from easy to hard."""

import numpy as np

NAMES = ("uniform", "doubling", "look_back")
# Fraction of the sequences that look_back samples from easier levels (Graves et al. 2016).
LOOK_BACK = 0.1


class Curriculum:
    """Levels of difficulty along one axis that rise as the model succeeds.

    - `"uniform"`: levels sampled from the whole range, from the first step on.
    - `"doubling"`: levels sampled up to a highest one, which doubles on success.
    - `"look_back"`: the highest level alone but for one sequence in ten, which comes from the
      levels below; the highest rises by one on success.

    Args:
        name: name of one of the three.
        axis: name of the axis of difficulty.
        axes: dict from each axis of the task to its lowest and highest level.
        start: highest level to start with.
        threshold: fraction of wrong bits that counts as success.
        every: number of steps between two checks of that fraction.

    Raises:
        ValueError: if `name` or `axis` is not known or a number is out of range.
    """

    def __init__(self, name, axis, axes, start, threshold, every):
        if name not in NAMES:
            raise ValueError(
                f"curriculum.name must be one of {', '.join(NAMES)}. Received: {name!r}."
            )
        if axis not in axes:
            raise ValueError(
                f"curriculum.axis must be one of {', '.join(axes)}. Received: {axis!r}."
            )
        for field, number in (("start", start), ("every", every)):
            if number < 1:
                raise ValueError(f"curriculum.{field} must be 1 or more. Received: {number}.")
        if not 0 <= threshold < 1:
            raise ValueError(
                f"curriculum.threshold must be from 0 to less than 1. Received: {threshold}."
            )
        self.name = name
        self.axis = axis
        self.lowest, self.last = axes[axis]
        self.threshold = threshold
        self.every = every
        self.first = self.last if name == "uniform" else max(self.lowest, min(start, self.last))

    def raise_level(self, level):
        """Returns the level after a success at `level`."""
        return min(2 * level if self.name == "doubling" else level + 1, self.last)

    def sample_difficulty(self, rng, batch_size, level):
        """Returns the difficulty of a batch: a level for each sequence, or `{}` for any."""
        if self.name == "uniform":
            return {}
        levels = rng.integers(self.lowest, level, batch_size, endpoint=True)
        if self.name == "look_back":
            levels = np.where(rng.random(batch_size) < LOOK_BACK, levels, level)
        return {self.axis: levels}


class GrowingLevel:
    """A level that rises by one after a fixed number of examples, whatever the model's success.

    Args:
        first: first level.
        last: highest level.
        examples: number of training examples at each level.

    Raises:
        ValueError: if a number is out of range.

    Example:

    >>> ways = GrowingLevel(first=2, last=5, examples=1000)
    >>> ways.get_level(0), ways.get_level(1000), ways.get_level(10**6)
    (2, 3, 5)
    """

    def __init__(self, first, last, examples):
        if first < 1 or (first != last and examples < 1):
            raise ValueError(
                "first_ways must be 0 or more, and episodes_per_way 1 or more. Received: "
                f"{first} and {examples}."
            )
        self.first, self.last, self.examples = first, last, max(1, examples)

    def get_level(self, seen):
        """Returns the level after `seen` training examples."""
        return min(self.last, self.first + seen // self.examples)
