"""NGrams: learn within a sequence which bit tends to follow which bits."""

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask


class NGrams(AlgorithmicTask):
    """Each bit depends at random on the bits before it: at each step, predict the next one.

    ```
    step       0    1    2    3    4   ...  197   198
    bit        x0   x1   x2   x3   x4  ...  x197  x198
    target                    x4   x5  ...  x198  x199
    ```

    For each sequence, a table gives each context of `n - 1` bits the probability that a 1 comes
    next, sampled from Beta(1/2, 1/2). The first `n - 1` bits are 0 or 1 with equal chance, the
    others sampled from the table. These others count; the picture is of `n` = 5. A sequence of
    `length` bits takes `length - 1` steps, as nothing follows the last bit, and `length - n + 1` of
    its bits count.

    The table is not given, so that errors remain: the optimal answer is the Bayesian one,
    (N1 + 1/2) / (N0 + N1 + 1), where N0 and N1 count how often 0 and 1 followed the context so far.
    It leaves a mean cross-entropy of 128 bits for 200 bits with `n` = 6. With 1 bit for each of the
    first five, which no one can predict, that is the paper's optimum of about 133 bits.

    Args:
        n: a bit depends on the `n - 1` bits before it; 2 or more. Defaults to `6`.
        length: shortest and longest sequence to train on, in bits; `n` or more. Defaults to
            `(200, 200)`.

    Raises:
        ValueError: if `n` is not an integer of 2 or more, or the range does not fit it.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014, section 4.4.

    Example:

    >>> batch = NGrams().sample(np.random.default_rng(0), batch_size=16)
    >>> batch.inputs.shape, batch.targets.shape, int(batch.weights[0].sum())
    ((16, 199, 1), (16, 199, 1), 195)
    """

    num_features = 1
    num_outputs = 1

    def __init__(self, n=6, length=(200, 200)):
        self.n = check_positive("n", n)
        if n < 2:
            raise ValueError(f"Argument `n` must be 2 or more. Received: {n}.")
        super().__init__(least={"length": n}, length=length)
        self._contexts = 2 ** (n - 1)

    def num_steps(self, length):
        return length - 1

    def draw(self, rng, length):
        table = rng.beta(0.5, 0.5, self._contexts).tolist()
        bits = rng.integers(0, 2, self.n - 1).tolist()
        context = 0
        for bit in bits:
            context = 2 * context + bit
        for uniform in rng.random(length - len(bits)).tolist():
            bit = int(uniform < table[context])
            bits.append(bit)
            context = (2 * context + bit) % self._contexts
        bits = np.array(bits, float)[:, None]
        weights = np.ones(length - 1)
        weights[: self.n - 2] = 0
        return bits[:-1], bits[1:], weights

    def solve(self, inputs):
        counts = [[0, 0] for _ in range(self._contexts)]
        answers = np.zeros((len(inputs), 1))
        context = 0
        for step, bit in enumerate(inputs[:, 0].astype(int).tolist()):
            if step >= self.n - 1:
                counts[context][bit] += 1
            context = (2 * context + bit) % self._contexts
            zeros, ones = counts[context]
            answers[step] = (ones + 0.5) / (zeros + ones + 1)
        return answers
