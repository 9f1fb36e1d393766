"""ParityCheck: is the number of ones in a string odd?"""

from episodes.chomsky.base import SymbolTask


class ParityCheck(SymbolTask):
    """A binary string comes: is the number of its ones odd?

    ```
    step      0    1    2    3    4
    symbol    0    1    1    1    .
    due       .    .    .    .    1
    target                        1
    ```

    Each symbol is 0 or 1 with equal chance, and so is the answer: guessing gets 50 % right. A
    regular language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> ParityCheck().answer("0111"), ParityCheck().answer("0110")
    ('1', '0')
    """

    symbols = "01"
    answers = "01"

    def answer(self, string):
        return "01"[string.count("1") % 2]
