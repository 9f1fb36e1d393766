"""SolveEquation: find the digit that an x stands for."""

from episodes.chomsky.base import SymbolTask
from episodes.chomsky.expressions import MODULUS, draw_expression, evaluate


class SolveEquation(SymbolTask):
    """An expression of digits with an `x` for one comes, then its value modulo 5: what is x?

    ```
    step      0    1    2    3    4    5    6    7
    symbol    (    4    +    x    )    =    1    .
    due       .    .    .    .    .    .    .    1
    target                                       2
    ```

    The expression is one of `ModularArithmetic` with no `*` in it, so that one digit alone solves
    the equation; `x` stands for any of its digits with equal chance. Guessing gets 20 % right.
    Levels of `length` below 3 are that of 3. A deterministic context-free language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> SolveEquation().answer("(4+x)=1")
    '2'
    """

    symbols = "01234+-()x="
    answers = "01234"

    def fit_length(self, length):
        return max(length, 3)

    def draw_string(self, rng, length):
        expression = draw_expression(rng, length - 2, "+-")
        places = [place for place, symbol in enumerate(expression) if symbol.isdigit()]
        place = places[rng.integers(len(places))]
        value = evaluate(expression, MODULUS)
        return f"{expression[:place]}x{expression[place + 1 :]}={value}"

    def answer(self, string):
        expression, value = string.split("=")
        # x adds to the value or takes from it.
        at_zero, at_one = (evaluate(expression.replace("x", digit), MODULUS) for digit in "01")
        return str((int(value) - at_zero) * (at_one - at_zero) % MODULUS)
