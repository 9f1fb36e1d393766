"""ModularArithmeticSimple: compute a sum of products of digits modulo 5."""

from episodes.chomsky.base import SymbolTask, draw_symbols
from episodes.chomsky.expressions import MODULUS, evaluate


class ModularArithmeticSimple(SymbolTask):
    """Digits come with a sign between each two: what is their value modulo 5?

    ```
    step      0    1    2    3    4    5
    symbol    1    -    2    *    3    .
    due       .    .    .    .    .    1
    target                             0
    ```

    Each digit is any of 0 to 4, and each sign any of `+`, `-` and `*`, with equal chance; products
    come first. Strings have an odd length: an even level of `length` gives those of the level
    below. Guessing gets 20 % right. A regular language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> ModularArithmeticSimple().answer("1-2*3"), ModularArithmeticSimple().answer("1-1-1")
    ('0', '4')
    """

    symbols = "01234+-*"
    answers = "01234"

    def fit_length(self, length):
        return length - 1 + length % 2

    def draw_string(self, rng, length):
        digits = draw_symbols(rng, self.answers, length // 2 + 1)
        signs = draw_symbols(rng, "+-*", length // 2)
        return "".join(map("".join, zip(digits, f"{signs} ", strict=True))).rstrip()

    def answer(self, string):
        return str(evaluate(string, MODULUS))
