"""DuplicateString: return a string twice."""

from episodes.chomsky.base import SymbolTask


class DuplicateString(SymbolTask):
    """A binary string comes; it is to be returned twice.

    ```
    step      0    1    2    3    4    5
    symbol    0    1    .    .    .    .
    due       .    .    1    1    1    1
    target              0    1    0    1
    ```

    Each symbol is 0 or 1 with equal chance: guessing gets 50 % right. A context-sensitive
    language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> DuplicateString().answer("01")
    '0101'
    """

    symbols = "01"
    answers = "01"

    def num_answers(self, length):
        return 2 * length

    def answer(self, string):
        return 2 * string
