"""Copy: remember a sequence and repeat it."""

import numpy as np

from episodes._checks import check_number, check_positive
from episodes.algorithmic.base import AlgorithmicTask, draw_vectors


class Copy(AlgorithmicTask):
    """Random binary vectors come, then a delimiter; then they are to be repeated in order.

    ```
    step        0    1    2    3    4    5    6
    bits        a    b    c    .    .    .    .
    delimiter   .    .    .    1    .    .    .
    target                          a    b    c
    ```

    Each bit is 0 or 1 with equal chance, unless the sequence is sparse. The optimal answer is
    exact: no wrong bit, and a cross-entropy of 0 bits.

    Args:
        bits: size of a vector. Defaults to `8`.
        length: shortest and longest sequence to train on, in vectors. Defaults to `(1, 20)`.
        sparse: chance that a sequence is sparse: its bits are 1 with a chance of its own, drawn
            from 0 to 1/2. Vectors of zeros, which look like the silence in which to answer, are
            then frequent, so that a model learns to tell them apart. Defaults to `0.0`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or
            `sparse` is not from 0 to 1.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014, section 4.1.

    Example:

    >>> batch = Copy().sample(np.random.default_rng(0), batch_size=16, difficulty={"length": 20})
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 41, 9), (16, 41, 8))
    """

    def __init__(self, bits=8, length=(1, 20), sparse=0.0):
        super().__init__(length=length)
        self.bits = check_positive("bits", bits)
        check_number("sparse", sparse, most=1)
        self.sparse = sparse
        self.num_features = bits + 1
        self.num_outputs = bits

    def num_steps(self, length):
        return 2 * length + 1

    def draw(self, rng, length):
        vectors = draw_vectors(rng, (length, self.bits), self.sparse)
        inputs = np.zeros((self.num_steps(length), self.num_features))
        targets = np.zeros((len(inputs), self.num_outputs))
        weights = np.zeros(len(inputs))
        inputs[:length, : self.bits] = vectors
        inputs[length, self.bits] = 1
        targets[length + 1 :] = vectors
        weights[length + 1 :] = 1
        return inputs, targets, weights

    def solve(self, inputs):
        length = int(inputs[:, self.bits].argmax())
        answers = np.zeros((len(inputs), self.num_outputs))
        answers[length + 1 : 2 * length + 1] = inputs[:length, : self.bits]
        return answers
