"""Sort: return numbers in ascending order."""

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask


class Sort(AlgorithmicTask):
    """Binary numbers come, then a delimiter; then they are to be returned in ascending order.

    ```
    step        0    1    2    3    4    5    6
    bits        10   00   10   .    .    .    .
    delimiter   .    .    .    1    .    .    .
    target                          00   10   10
    ```

    The numbers come with their most significant bit first. Each bit is 0 or 1 with equal chance:
    numbers are uniform, and equal ones stay as many as they are. The optimal answer is exact: no
    wrong bit, and a cross-entropy of 0 bits.

    Args:
        bits: size of a number. Defaults to `6`.
        items: fewest and most numbers to train on. Defaults to `(1, 20)`.

    Raises:
        ValueError: if a size is not a positive integer, or a range is not one of such integers.

    Reference: `PrioritySort` is the paper's task; here a number is its own priority.

    Example:

    >>> batch = Sort().sample(np.random.default_rng(0), batch_size=16, difficulty={"items": 20})
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 41, 7), (16, 41, 6))
    """

    def __init__(self, bits=6, items=(1, 20)):
        super().__init__(items=items)
        self.bits = check_positive("bits", bits)
        self.num_features = bits + 1
        self.num_outputs = bits

    def num_steps(self, items):
        return 2 * items + 1

    def draw(self, rng, items):
        inputs = np.zeros((self.num_steps(items), self.num_features))
        inputs[:items, : self.bits] = rng.integers(0, 2, (items, self.bits))
        inputs[items, self.bits] = 1
        weights = np.zeros(len(inputs))
        weights[items + 1 :] = 1
        return inputs, self._make_answers(inputs, items), weights

    def solve(self, inputs):
        return self._make_answers(inputs, int(inputs[:, self.bits].argmax()))

    def _make_answers(self, inputs, items):
        numbers = inputs[:items, : self.bits]
        answers = np.zeros((len(inputs), self.num_outputs))
        # The last key of lexsort is the first to sort by.
        answers[items + 1 : 2 * items + 1] = numbers[np.lexsort(numbers.T[::-1])]
        return answers
