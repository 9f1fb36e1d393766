"""KeyValueRecall: remember the value of each key."""

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask

# Keys are drawn as 64-bit integers.
_MOST_KEY_BITS = 62


class KeyValueRecall(AlgorithmicTask):
    """Keys come with their values, then some of the keys again: each answer is the key's value.

    ```
    step      0   1   2   3   4   5
    key       a   b   c   b   a   b
    value     v   w   x   .   .   .
    query     .   .   .   1   1   1
    target                w   v   w
    ```

    A key and its value are one step, and are random bits. No key comes twice before the queries,
    so that the answer is the only one; each key is asked for with equal chance at each query. The
    optimal answer is exact: no wrong bit, and a cross-entropy of 0 bits.

    Args:
        key_bits: size of a key, at most 62. Defaults to `32`.
        value_bits: size of a value. Defaults to `8`.
        items: fewest and most keys to train on. Defaults to `(2, 200)`.
        queries: how many keys are asked for. Defaults to `20`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or the
            range goes above the number of different keys.

    Reference: Arora et al., "Zoology: Measuring and Improving Recall in Efficient Language Models",
    arXiv:2312.04927, 2023, whose multi-query associative recall is of words and not of bits.

    Example:

    >>> levels = {"items": 6}
    >>> batch = KeyValueRecall().sample(np.random.default_rng(0), 16, difficulty=levels)
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 26, 41), (16, 26, 8))
    """

    def __init__(self, key_bits=32, value_bits=8, items=(2, 200), queries=20):
        super().__init__(items=items)
        self.key_bits = check_positive("key_bits", key_bits)
        if key_bits > _MOST_KEY_BITS:
            raise ValueError(
                f"Argument `key_bits` must be at most {_MOST_KEY_BITS}. Received: {key_bits}."
            )
        self.value_bits = check_positive("value_bits", value_bits)
        self.queries = check_positive("queries", queries)
        self.num_features = key_bits + value_bits + 1
        self.num_outputs = value_bits
        self._check_different(self.axes["items"][1])

    def num_steps(self, items):
        return items + self.queries

    def draw(self, rng, items):
        self._check_different(items)
        numbers = rng.choice(2**self.key_bits, items, replace=False)
        keys = numbers[:, None] >> np.arange(self.key_bits) & 1
        values = rng.integers(0, 2, (items, self.value_bits))
        asked = rng.integers(items, size=self.queries)

        inputs = np.zeros((self.num_steps(items), self.num_features))
        inputs[:, : self.key_bits] = np.concatenate([keys, keys[asked]])
        inputs[:items, self.key_bits : -1] = values
        inputs[items:, -1] = 1
        targets = np.zeros((len(inputs), self.num_outputs))
        targets[items:] = values[asked]
        return inputs, targets, inputs[:, -1].copy()

    def solve(self, inputs):
        told, asked = inputs[inputs[:, -1] == 0], inputs[:, -1] == 1
        value_of = {row[: self.key_bits].tobytes(): row[self.key_bits : -1] for row in told}
        answers = np.zeros((len(inputs), self.num_outputs))
        answers[asked] = [value_of[row[: self.key_bits].tobytes()] for row in inputs[asked]]
        return answers

    def _check_different(self, items):
        if items > 2**self.key_bits:
            raise ValueError(
                f"Argument `items` must be at most {2**self.key_bits}, the number of different "
                f"keys of `key_bits` {self.key_bits}. Received: {items}."
            )
