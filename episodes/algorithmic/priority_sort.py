"""PrioritySort: return the vectors of the highest priorities, in order of priority."""

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask


class PrioritySort(AlgorithmicTask):
    """Random binary vectors come, each with a priority; the highest are to be returned, in order.

    ```
    step        0     1     2     3    4    5
    bits        a     b     c     .    .    .
    priority    0.3  -0.9   0.7   .    .    .
    delimiter   .     .     .     1    .    .
    target                             c    a
    ```

    Each bit is 0 or 1 with equal chance. Priorities are uniform over -1 to 1, and no two of a
    sequence are the same. Of `items` vectors, `round(kept * items)` are to be returned, at least
    one: that of the highest priority first. The optimal answer is exact: no wrong bit, and a
    cross-entropy of 0 bits.

    Args:
        bits: size of a vector. Defaults to `8`.
        items: fewest and most vectors to train on. Defaults to `(20, 20)`.
        kept: fraction of them to return, above 0 and at most 1. Defaults to `0.8`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or
            `kept` is not such a number.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014, section 4.5.

    Example:

    >>> batch = PrioritySort().sample(np.random.default_rng(0), batch_size=16)
    >>> batch.inputs.shape, batch.targets.shape, int(batch.weights[0].sum())
    ((16, 37, 10), (16, 37, 8), 16)
    """

    def __init__(self, bits=8, items=(20, 20), kept=0.8):
        super().__init__(items=items)
        self.bits = check_positive("bits", bits)
        if not isinstance(kept, (int, float)) or not 0 < kept <= 1:
            raise ValueError(
                f"Argument `kept` must be a number above 0 and at most 1. Received: {kept!r}."
            )
        self.kept = kept
        self.num_features = bits + 2
        self.num_outputs = bits

    def num_steps(self, items):
        return items + 1 + self._count_kept(items)

    def draw(self, rng, items):
        inputs = np.zeros((self.num_steps(items), self.num_features))
        inputs[:items, : self.bits] = rng.integers(0, 2, (items, self.bits))
        inputs[:items, self.bits] = self._sample_priorities(rng, items)
        inputs[items, self.bits + 1] = 1
        weights = np.zeros(len(inputs))
        weights[items + 1 :] = 1
        return inputs, self._make_answers(inputs, items), weights

    def solve(self, inputs):
        return self._make_answers(inputs, int(inputs[:, self.bits + 1].argmax()))

    def _count_kept(self, items):
        return max(1, round(self.kept * items))

    def _sample_priorities(self, rng, items):
        # Batches are float32: two priorities that differ less would leave the order open.
        priorities = rng.uniform(-1, 1, items).astype(np.float32)
        while len(set(priorities.tolist())) < items:
            priorities = rng.uniform(-1, 1, items).astype(np.float32)
        return priorities

    def _make_answers(self, inputs, items):
        highest = np.argsort(-inputs[:items, self.bits])[: self._count_kept(items)]
        answers = np.zeros((len(inputs), self.num_outputs))
        answers[items + 1 : items + 1 + len(highest)] = inputs[highest, : self.bits]
        return answers
