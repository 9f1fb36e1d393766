"""AlgorithmicTask: the base of the algorithmic tasks, from levels of difficulty to batches."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_positive
from episodes.wording import count


class Batch(NamedTuple):
    """Sequences of one task, padded at their ends to one length."""

    inputs: np.ndarray  # float32 (batch, time, num_features)
    targets: np.ndarray  # (batch, time, num_outputs): the bits to answer, float32, or int32 digits
    weights: np.ndarray  # float32 (batch, time[, num_outputs]): 1 where an answer counts, else 0


def pad(sequences, num_steps=None):
    """Returns the `Batch` of sequences, padded at their ends.

    Args:
        sequences: list of `(inputs, targets, weights)`.
        num_steps: steps to pad to. Defaults to `None`: those of the longest sequence.

    Raises:
        ValueError: if a sequence is longer than `num_steps`.
    """
    longest = max(len(inputs) for inputs, _, _ in sequences)
    if num_steps is None:
        num_steps = longest
    if check_positive("num_steps", num_steps) < longest:
        raise ValueError(
            f"Argument `num_steps` must be at least {longest}, the steps of the longest sequence "
            f"sampled. Received: {num_steps}."
        )
    arrays = []
    for values in zip(*sequences, strict=True):
        dtype = np.int32 if values[0].dtype == np.int32 else np.float32
        array = np.zeros((len(values), num_steps, *values[0].shape[1:]), dtype)
        for row, value in zip(array, values, strict=True):
            row[: len(value)] = value
        arrays.append(array)
    return Batch(*arrays)


def draw_vectors(rng, shape, sparse=0.0):
    """Returns vectors of bits, each 0 or 1 with equal chance unless the vectors are sparse.

    Args:
        rng: `numpy.random.Generator`.
        shape: shape of the array.
        sparse: chance that the vectors are sparse: a bit is then 1 with a chance of their own,
            drawn from 0 to 1/2. Defaults to `0.0`.

    Returns:
        Array of integers.
    """
    if sparse and rng.random() < sparse:
        return rng.binomial(1, rng.uniform(0, 0.5), shape)
    return rng.integers(0, 2, shape)


class AlgorithmicTask:
    """A task that samples new sequences at a level of difficulty along one axis or more.

    A subclass defines `num_features`, `num_outputs`, `axes`, `num_steps()`, `draw()` and
    `solve()`.

    Args:
        least: dict from an axis to its lowest possible level. Defaults to `None`: 1 along each.
        **axes: for each axis, such as `length`, the lowest and the highest level to train on, both
            included.

    Raises:
        ValueError: if a range is not two integers, the first not below `least` and not above the
            second.
    """

    num_features = None
    num_outputs = None

    def __init__(self, least=None, **axes):
        self._least = dict.fromkeys(axes, 1) | (least or {})
        self.axes = {
            axis: check_range(axis, levels, self._least[axis]) for axis, levels in axes.items()
        }

    def num_steps(self, **levels):
        """Returns the number of steps of the longest sequence at a level along each axis."""
        raise NotImplementedError

    def most_steps(self, difficulty=None):
        """Returns the number of steps of the longest sequence of a difficulty; see `sample`."""
        highest = {axis: highest for axis, (_, highest) in self.axes.items()}
        given = {axis: int(np.max(levels)) for axis, levels in (difficulty or {}).items()}
        return self.num_steps(**highest | given)

    def draw(self, rng, **levels):
        """Returns one sequence: `inputs`, `targets` and `weights` without the batch axis."""
        raise NotImplementedError

    def solve(self, inputs):
        """Returns the optimal probability that each bit is 1, given the inputs so far.

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
            batch_size: positive integer, number of sequences.
            difficulty: dict from an axis to a level, or to an array of one level for each
                sequence. Along an axis that is not named, levels are sampled uniformly from the
                range of training. Defaults to `None`: all levels are sampled.
            num_steps: steps to pad to. Defaults to `None`: those of the longest sequence.

        Raises:
            ValueError: if `batch_size` is not positive, the task has no such axis, a level is not
                an integer or is too low for the task (below 1 for most), the number of levels is
                not that of the sequences, or a sequence is longer than `num_steps`.
        """
        check_positive("batch_size", batch_size)
        levels = self._sample_levels(rng, batch_size, self.broadcast_levels(difficulty, batch_size))
        sequences = [
            self.draw(rng, **{axis: int(values[i]) for axis, values in levels.items()})
            for i in range(batch_size)
        ]
        return pad(sequences, num_steps)

    def broadcast_levels(self, difficulty, batch_size):
        """Returns a dict from each axis that a difficulty names to its levels, `(batch_size,)`.

        Arguments are those of `sample`, whose errors it raises.
        """
        difficulty = {} if difficulty is None else difficulty
        if not isinstance(difficulty, dict):
            raise ValueError(
                "Argument `difficulty` must be a dict from an axis to its level, such as "
                f"{dict.fromkeys(self.axes, 4)}. Received: {difficulty!r}."
            )
        unknown = set(difficulty) - set(self.axes)
        if unknown:
            raise ValueError(
                f"Argument `difficulty` names {sorted(unknown)}, but {type(self).__name__} has the "
                f"axes {list(self.axes)}."
            )
        levels_by_axis = {}
        for axis, given in difficulty.items():
            levels, least = np.asarray(given), self._least[axis]
            if not _are_whole(levels) or levels.min() < least:
                raise ValueError(
                    f"Argument `difficulty` must be whole numbers, {least} or more along "
                    f"{axis!r}. Received: {given!r}."
                )
            if levels.shape not in ((), (batch_size,)):
                raise ValueError(
                    f"Argument `difficulty` must hold one level along {axis!r}, or one for each of "
                    f"{count(batch_size, 'sequence')}. Received: levels of shape {levels.shape}."
                )
            levels_by_axis[axis] = np.broadcast_to(levels.astype(np.int64), batch_size)
        return levels_by_axis

    def _sample_levels(self, rng, batch_size, given):
        return {
            axis: given[axis]
            if axis in given
            else rng.integers(lowest, highest, batch_size, endpoint=True)
            for axis, (lowest, highest) in self.axes.items()
        }


def _are_whole(numbers):
    return (
        numbers.dtype.kind in "iuf"
        and numbers.size > 0
        and bool(np.all(np.isfinite(numbers) & (numbers == np.floor(numbers))))
    )


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
