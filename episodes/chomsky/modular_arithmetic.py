"""ModularArithmetic: compute an expression with brackets modulo 5."""

from episodes.chomsky.base import SymbolTask
from episodes.chomsky.expressions import MODULUS, draw_expression, evaluate


class ModularArithmetic(SymbolTask):
    """An expression of digits, signs and brackets comes: what is its value modulo 5?

    ```
    step      0    1    2    3    4    5    6    7    8
    symbol    (    4    *    (    -    2    )    )    .
    due       .    .    .    .    .    .    .    .    1
    target                                            2
    ```

    An expression is a digit, one with a `-` before it, either of them in brackets, or two
    expressions with `+`, `-` or `*` between them in brackets: see `draw_expression`. Digits are any
    of 0 to 4. Guessing gets 20 % right, and 0 at all times 30 %. A deterministic context-free
    language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> ModularArithmetic().answer("(4*(-2))")
    '2'
    """

    symbols = "01234+-*()"
    answers = "01234"

    def draw_string(self, rng, length):
        return draw_expression(rng, length, "+-*")

    def answer(self, string):
        return str(evaluate(string, MODULUS))
