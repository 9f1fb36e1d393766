"""Parentheses: decide whether brackets of several kinds are balanced."""

import functools

import numpy as np

from episodes._checks import check_positive
from episodes.algorithmic.base import AlgorithmicTask


class Parentheses(AlgorithmicTask):
    """Brackets come; after each, can the string still become balanced? At its end, is it?

    ```
    step      0    1    2    3    4          0    1    2    3    4
    bracket   (    [    ]    )    .          (    [    )    ]    .
    end       .    .    .    .    1          .    .    .    .    1
    target    1    1    1    1    1          1    1    0    0    0
    ```

    A bracket has a channel for each kind and side. A string starts as a balanced one, uniform among
    those of its length and exact depth, that of the deepest nesting; each pair is of any kind with
    equal chance. Half of the strings stay so. The others get one of three edits with equal chance,
    and are then never balanced: one bracket is changed to any other; two are swapped; one is left
    out. The optimal answer is exact: no wrong bit, and a cross-entropy of 0 bits.

    Balanced strings have an even length: an odd level of `length` gives those of the level below.
    Only a string with a bracket left out is of odd length, and none of them is balanced: that gives
    away a sixth of the strings, at their ends. The length reveals no more than that.

    No string is deeper than half its length. So where no depth is given, it is sampled uniformly
    from the depths to train on that the length allows (or is the deepest that it allows, if there
    are none); and where a depth is given and no length, a length that is sampled too short becomes
    twice the depth.

    Args:
        kinds: kinds of brackets. Defaults to `3`.
        length: shortest and longest string to train on, 2 or more. Defaults to `(2, 32)`.
        depth: lowest and highest depth to train on, at most half the longest length. Defaults to
            `(1, 16)`.

    Raises:
        ValueError: if a size is not a positive integer, a range is not one of such integers, or the
            longest string to train on is too short for the highest depth.

    Reference: Suzgun et al., "Memory-Augmented Recurrent Neural Networks Can Learn Generalized Dyck
    Languages", arXiv:1911.03329, 2019: the same languages, but there the brackets that can follow
    are to be predicted.

    Example:

    >>> batch = Parentheses().sample(np.random.default_rng(0), 16, difficulty={"length": 32})
    >>> batch.inputs.shape, batch.targets.shape
    ((16, 33, 7), (16, 33, 1))
    """

    num_outputs = 1

    def __init__(self, kinds=3, length=(2, 32), depth=(1, 16)):
        super().__init__(least={"length": 2}, length=length, depth=depth)
        self.kinds = check_positive("kinds", kinds)
        self.num_features = 2 * kinds + 1
        self._check_deep_enough(self.axes["length"][1], self.axes["depth"][1])

    def num_steps(self, length, depth):
        # A sampled depth gives way to the length; a given depth above those to train on is reached
        # by longer strings.
        given = depth if depth > self.axes["depth"][1] else 0
        return max(length, 2 * given) + 1

    def _sample_levels(self, rng, batch_size, difficulty):
        levels = super()._sample_levels(rng, batch_size, difficulty)
        if "depth" not in difficulty:
            lowest, highest = self.axes["depth"]
            highest = np.minimum(levels["length"] // 2, highest)
            lowest = np.minimum(highest, lowest)
            levels["depth"] = rng.integers(lowest, highest, endpoint=True)
        elif "length" not in difficulty:
            levels["length"] = np.maximum(levels["length"], 2 * levels["depth"])
        return levels

    def draw(self, rng, length, depth):
        self._check_deep_enough(length, depth)
        brackets = self._sample_balanced(rng, length - length % 2, depth)
        if rng.random() < 0.5:
            brackets = self._unbalance(rng, brackets)
        inputs = np.zeros((len(brackets) + 1, self.num_features))
        inputs[np.arange(len(brackets)), brackets] = 1
        inputs[-1, -1] = 1
        return inputs, self._make_answers(len(inputs), brackets), np.ones(len(inputs))

    def solve(self, inputs):
        end = inputs[:, -1].argmax()
        return self._make_answers(len(inputs), inputs[:end].argmax(axis=1).tolist())

    # Brackets are ints, as the channels are: `kind` opens and `kinds + kind` closes.

    def _sample_balanced(self, rng, length, depth):
        chances = compute_opening_chances(length, depth)
        kinds = iter(rng.integers(0, self.kinds, length // 2).tolist())
        reached = False
        opened, brackets = [], []
        for step, uniform in enumerate(rng.random(length).tolist()):
            if uniform < chances[length - step][reached][len(opened)]:
                opened.append(next(kinds))
                brackets.append(opened[-1])
                reached = reached or len(opened) == depth
            else:
                brackets.append(self.kinds + opened.pop())
        return brackets

    def _unbalance(self, rng, balanced):
        edit = rng.integers(3)
        brackets = list(balanced)
        place = int(rng.integers(len(brackets)))
        if edit == 0:
            others = 2 * self.kinds - 1
            brackets[place] = (brackets[place] + 1 + int(rng.integers(others))) % (others + 1)
        elif edit == 1:
            del brackets[place]
        else:
            # Swapped brackets can be balanced again; the first and the last never are.
            while self._make_answers(len(brackets) + 1, brackets)[-1]:
                brackets = list(balanced)
                one, other = rng.integers(len(brackets), size=2).tolist()
                brackets[one], brackets[other] = brackets[other], brackets[one]
        return brackets

    def _make_answers(self, num_steps, brackets):
        answers = np.zeros((num_steps, 1))
        opened = []
        for step, bracket in enumerate(brackets):
            if bracket < self.kinds:
                opened.append(bracket)
            elif not opened or opened.pop() != bracket - self.kinds:
                return answers
            answers[step] = 1
        answers[len(brackets)] = not opened
        return answers

    def _check_deep_enough(self, length, depth):
        if 2 * depth > length:
            raise ValueError(
                f"A string of `length` {length} has a depth of at most {length // 2}. Received: "
                f"`depth` {depth}."
            )


@functools.lru_cache(maxsize=512)
def compute_opening_chances(length, depth):
    """Returns the chances that the next bracket opens, in uniform strings of an exact depth.

    They stand at `[left][reached][height]`: the brackets left, whether the depth was reached, and
    the brackets that are open.
    """
    # How many strings of the brackets left close all and reach the depth, at heights from -1 to
    # one more than the depth. In Python's integers: they grow beyond any float.
    ways = np.zeros((2, depth + 3), object)
    ways[1, 1] = 1
    chances = [None]
    for _ in range(length):
        opens = ways[:, 2:].copy()
        opens[0, depth - 1] = ways[1, depth + 1]
        ways[:, 1:-1] = opens + ways[:, :-2]
        chances.append((opens / np.maximum(ways[:, 1:-1], 1)).tolist())
    return chances
