"""AssociativeRecall: remember which item followed which."""

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask


class AssociativeRecall(AlgorithmicTask):
    """Items come, then one of them again as a query: the item that followed it is the answer.

    ```
    step      0   1   2   3   4   5   6   7   8   9   10  11  12  13
    bits      .   a1  a2  .   b1  b2  .   c1  c2  .   a1  a2  .   .   .
    item      1   .   .   1   .   .   1   .   .   .   .   .   .   .   .
    query     .   .   .   .   .   .   .   .   .   1   .   .   1   .   .
    target                                                        b1  b2
    ```

    An item is a few random binary vectors; the picture has items of two. Each bit is 0 or 1 with
    equal chance, but no item comes twice in a sequence, so that the answer is the only one. Each
    item but the last is the query with equal chance. The optimal answer is exact: no wrong bit,
    and a cross-entropy of 0 bits.

    Args:
        bits: size of a vector. Defaults to `6`.
        item_length: vectors of an item. Defaults to `3`.
        items: fewest and most items to train on. Defaults to `(2, 6)`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or the
            range goes below 2 or above the number of different items.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014, section 4.3.

    Example:

    >>> levels = {"items": 6}
    >>> batch = AssociativeRecall().sample(np.random.default_rng(0), 16, difficulty=levels)
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 32, 8), (16, 32, 6))
    """

    def __init__(self, bits=6, item_length=3, items=(2, 6)):
        super().__init__(least={"items": 2}, items=items)
        self.bits = check_positive("bits", bits)
        self.item_length = check_positive("item_length", item_length)
        self.num_features = bits + 2
        self.num_outputs = bits
        self._check_different(self.axes["items"][1])

    def num_steps(self, items):
        return items * (self.item_length + 1) + 2 + 2 * self.item_length

    def draw(self, rng, items):
        self._check_different(items)
        # From an item's bytes to the item, in the order of sampling: a repeated item adds nothing.
        sampled = {}
        while len(sampled) < items:
            item = rng.integers(0, 2, (self.item_length, self.bits))
            sampled[item.tobytes()] = item
        sampled = np.stack(list(sampled.values()))
        query_index = rng.integers(items - 1)

        inputs = np.zeros((self.num_steps(items), self.num_features))
        shown = inputs[: items * (self.item_length + 1)].reshape(items, -1, self.num_features)
        shown[:, 0, self.bits] = 1
        shown[:, 1:, : self.bits] = sampled
        query = len(inputs) - 2 - 2 * self.item_length
        answer = len(inputs) - self.item_length
        inputs[[query, answer - 1], self.bits + 1] = 1
        inputs[query + 1 : answer - 1, : self.bits] = sampled[query_index]
        targets = np.zeros((len(inputs), self.num_outputs))
        targets[answer:] = sampled[query_index + 1]
        weights = np.zeros(len(inputs))
        weights[answer:] = 1
        return inputs, targets, weights

    def solve(self, inputs):
        query, end = np.flatnonzero(inputs[:, self.bits + 1])
        items = inputs[:query].reshape(-1, self.item_length + 1, self.num_features)
        items = items[:, 1:, : self.bits]
        same = (items == inputs[query + 1 : end, : self.bits]).all(axis=(1, 2))
        answers = np.zeros((len(inputs), self.num_outputs))
        answers[end + 1 : end + 1 + self.item_length] = items[same.argmax() + 1]
        return answers

    def _check_different(self, items):
        different = 2 ** (self.bits * self.item_length)
        if items > different:
            raise ValueError(
                f"Argument `items` must be at most {different}, the number of different items of "
                f"`item_length` {self.item_length} and `bits` {self.bits}. Received: {items}."
            )
