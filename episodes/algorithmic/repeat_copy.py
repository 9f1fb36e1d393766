"""RepeatCopy: remember a sequence, repeat it a given number of times, then mark the end."""

import numpy as np

from episodes._checks import check_number, check_positive
from episodes.algorithmic.base import AlgorithmicTask, draw_vectors


class RepeatCopy(AlgorithmicTask):
    """Random binary vectors come, then a number of repeats: answer with these, then an end marker.

    ```
    step         0    1    2    3    4    5    6    7
    bits         a    b    .    .    .    .    .    .
    delimiter    .    .    1    .    .    .    .    .
    repeats      .    .    2*   .    .    .    .    .
    target bits                 a    b    a    b    .
    target end                  .    .    .    .    1
    ```

    Each bit is 0 or 1 with equal chance, unless the sequence is sparse. The number of repeats
    is given less the mean of the numbers to train on and divided by their standard deviation
    (by 1 if there is but one), so that it has mean 0 and variance 1 in training. As it can be
    0, a channel of its own marks when it comes. The optimal answer is exact: no wrong bit, and
    a cross-entropy of 0 bits.

    Args:
        bits: size of a vector. Defaults to `8`.
        length: shortest and longest sequence to train on, in vectors. Defaults to `(1, 10)`.
        repeats: fewest and most repeats to train on. Defaults to `(1, 10)`.
        sparse: chance that a sequence is sparse: its bits are 1 with a chance of its own, drawn
            from 0 to 1/2. Vectors of zeros, which look like the silence in which to answer, are
            then frequent, so that a model learns to tell them apart. Defaults to `0.0`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or
            `sparse` is not from 0 to 1.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014, section 4.2.

    Example:

    >>> levels = {"length": 10, "repeats": 3}
    >>> batch = RepeatCopy().sample(np.random.default_rng(0), batch_size=16, difficulty=levels)
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 42, 10), (16, 42, 9))
    """

    def __init__(self, bits=8, length=(1, 10), repeats=(1, 10), sparse=0.0):
        super().__init__(length=length, repeats=repeats)
        self.bits = check_positive("bits", bits)
        check_number("sparse", sparse, most=1)
        self.sparse = sparse
        self.num_features = bits + 2
        self.num_outputs = bits + 1
        fewest, most = self.axes["repeats"]
        numbers = np.arange(fewest, most + 1)
        self._mean = numbers.mean()
        self._deviation = numbers.std() or 1.0

    def num_steps(self, length, repeats):
        return length + 1 + repeats * length + 1

    def draw(self, rng, length, repeats):
        inputs = np.zeros((self.num_steps(length, repeats), self.num_features))
        vectors = draw_vectors(rng, (length, self.bits), self.sparse)
        inputs[:length, : self.bits] = vectors
        inputs[length, self.bits :] = 1, (repeats - self._mean) / self._deviation
        weights = np.zeros(len(inputs))
        weights[length + 1 :] = 1
        return inputs, self._make_answers(len(inputs), vectors, repeats), weights

    def solve(self, inputs):
        length = int(inputs[:, self.bits].argmax())
        repeats = round(float(inputs[length, self.bits + 1]) * self._deviation + self._mean)
        return self._make_answers(len(inputs), inputs[:length, : self.bits], repeats)

    def _make_answers(self, num_steps, vectors, repeats):
        answers = np.zeros((num_steps, self.num_outputs))
        end = self.num_steps(len(vectors), repeats) - 1
        answers[len(vectors) + 1 : end, : self.bits] = np.tile(vectors, (repeats, 1))
        answers[end, self.bits] = 1
        return answers
