"""AlgorithmicTask: what the algorithmic tasks share, from levels of difficulty to batches."""

from typing import NamedTuple

import numpy as np


class Batch(NamedTuple):
    """Sequences of one task, padded at their ends to one length."""

    inputs: np.ndarray  # float32 (batch, time, num_features)
    targets: np.ndarray  # float32 (batch, time, num_outputs): the bits to answer
    weights: np.ndarray  # float32 (batch, time): 1 where the answer counts, 0 elsewhere


def pad(sequences, num_steps):
    """Returns the `Batch` of sequences, each `(inputs, targets, weights)`, padded at their ends."""
    arrays = []
    for values in zip(*sequences, strict=True):
        array = np.zeros((len(values), num_steps, *values[0].shape[1:]), np.float32)
        for row, value in zip(array, values, strict=True):
            row[: len(value)] = value
        arrays.append(array)
    return Batch(*arrays)


class AlgorithmicTask:
    """A task whose sequences are drawn anew, at a level of difficulty along one axis or more.

    A task says what it is by `num_features`, `num_outputs`, `axes`, `num_steps()`, `draw()` and
    `solve()`.

    Args:
        least: dict from an axis to the lowest level there can be. Defaults to `None`: 1 along each.
        **axes: for each axis, such as `length`, the lowest and the highest level to train on, both
            included.

    Raises:
        ValueError: if a range is not made of two integers, the first one that can be and not above
            the second.
    """

    num_features = None
    num_outputs = None

    def __init__(self, least=None, **axes):
        self._least = dict.fromkeys(axes, 1) | (least or {})
        self.axes = {
            axis: check_range(axis, levels, self._least[axis]) for axis, levels in axes.items()
        }

    def num_steps(self, **levels):
        """Returns the steps of the longest sequence of such a level along each axis."""
        raise NotImplementedError

    def draw(self, rng, **levels):
        """Returns one sequence: `inputs`, `targets` and `weights` without the batch axis."""
        raise NotImplementedError

    def solve(self, inputs):
        """Returns the best probabilities that each bit is 1, knowing the inputs so far.

        Args:
            inputs: array of shape `(time, num_features)`.

        Returns:
            Array of shape `(time, num_outputs)`; where no answer counts, any value.
        """
        raise NotImplementedError

    def sample(self, rng, batch_size, difficulty=None, num_steps=None):
        """Returns a `Batch` of sequences.

        Args:
            rng: `numpy.random.Generator`.
            batch_size: positive integer, how many sequences.
            difficulty: dict from an axis to a level, or to an array of one level for each
                sequence. Along an axis that is not named, levels are drawn uniformly from the
                range of training. Defaults to `None`: all are drawn.
            num_steps: steps to pad to. Defaults to `None`: those of the longest sequence.

        Raises:
            ValueError: if the task has no such axis, a level is too low for the task (below 1 for
                most), or a sequence is longer than `num_steps`.
        """
        levels = self._levels(rng, batch_size, difficulty or {})
        sequences = [
            self.draw(rng, **{axis: int(values[i]) for axis, values in levels.items()})
            for i in range(batch_size)
        ]
        longest = max(len(sequence[0]) for sequence in sequences)
        if num_steps is not None and num_steps < longest:
            raise ValueError(
                f"Argument `num_steps` must be at least {longest}, the steps of the longest "
                f"sequence drawn. Received: {num_steps}."
            )
        return pad(sequences, num_steps or longest)

    def _levels(self, rng, batch_size, difficulty):
        unknown = set(difficulty) - set(self.axes)
        if unknown:
            raise ValueError(
                f"Argument `difficulty` names {sorted(unknown)}, but {type(self).__name__} has the "
                f"axes {list(self.axes)}."
            )
        levels = {}
        for axis, (lowest, highest) in self.axes.items():
            if axis in difficulty:
                values = np.broadcast_to(difficulty[axis], batch_size)
                if values.min() < self._least[axis]:
                    raise ValueError(
                        f"Argument `difficulty` must be {self._least[axis]} or more along "
                        f"{axis!r}. Received: {difficulty[axis]}."
                    )
            else:
                values = rng.integers(lowest, highest, batch_size, endpoint=True)
            levels[axis] = values
        return levels


def check_range(axis, levels, least=1):
    """Returns `levels` as two ints; raises ValueError unless they are a range from `least` up."""
    try:
        lowest, highest = levels
        ints = int(lowest) == lowest and int(highest) == highest
    except (TypeError, ValueError, OverflowError):
        ints = False
    if not ints or not least <= lowest <= highest:
        raise ValueError(
            f"The range of {axis} must be two integers, the first {least} or more and not above "
            f"the second. Received: {levels!r}."
        )
    return int(lowest), int(highest)


def check_size(name, size):
    """Returns `size`; raises ValueError unless it is an integer of 1 or more."""
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(f"Argument `{name}` must be an integer of 1 or more. Received: {size!r}.")
    return size
