"""ReverseString: return a string from its end to its start."""

from episodes.chomsky.base import SymbolTask


class ReverseString(SymbolTask):
    """A binary string comes; it is to be returned from its end to its start.

    ```
    step      0    1    2    3    4    5
    symbol    0    0    1    .    .    .
    due       .    .    .    1    1    1
    target                   1    0    0
    ```

    Each symbol is 0 or 1 with equal chance: guessing gets 50 % right. A deterministic context-free
    language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> ReverseString().answer("001")
    '100'
    """

    symbols = "01"
    answers = "01"

    def num_answers(self, length):
        return length

    def answer(self, string):
        return string[::-1]
