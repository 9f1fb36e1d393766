"""ComputeSqrt: find the square root of a binary number, rounded down."""

import math

from episodes.chomsky.base import SymbolTask
from episodes.chomsky.numbers import draw_number


class ComputeSqrt(SymbolTask):
    """A binary number comes; the square root of it, rounded down, is to be returned.

    ```
    step      0    1    2    3    4    5
    symbol    1    0    1    0    .    .
    due       .    .    .    .    1    1
    target                        1    1
    ```

    Numbers have their most significant bit first. A number is uniform among those of its bits above
    0, and may start with zeros. The root has half as many bits, rounded up: guessing gets 50 %
    right. A context-sensitive language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> ComputeSqrt().answer("1010"), ComputeSqrt().answer("00101")
    ('11', '010')
    """

    symbols = "01"
    answers = "01"

    def num_answers(self, length):
        return (length + 1) // 2

    def draw_string(self, rng, length):
        return draw_number(rng, length)

    def answer(self, string):
        return f"{math.isqrt(int(string, 2)):b}".zfill(self.num_answers(len(string)))
