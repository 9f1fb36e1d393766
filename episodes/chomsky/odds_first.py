"""OddsFirst: return the 1st, 3rd, 5th ... symbol of a string, then the others."""

from episodes.chomsky.base import SymbolTask


class OddsFirst(SymbolTask):
    """A binary string comes; its 1st, 3rd, 5th ... symbol are to be returned, then the others.

    ```
    step      0    1    2    3    4    5    6    7
    symbol    a    b    c    d    .    .    .    .
    due       .    .    .    .    1    1    1    1
    target                        a    c    b    d
    ```

    Each symbol is 0 or 1 with equal chance: guessing gets 50 % right. A context-sensitive
    language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> OddsFirst().answer("01011")
    '00111'
    """

    symbols = "01"
    answers = "01"

    def num_answers(self, length):
        return length

    def answer(self, string):
        return string[::2] + string[1::2]
