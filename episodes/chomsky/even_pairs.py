"""EvenPairs: is the number of the pairs 01 and 10 in a string even?"""

from episodes.chomsky.base import SymbolTask


class EvenPairs(SymbolTask):
    """A binary string comes: is the number of the pairs 01 and 10 in it odd?

    ```
    step      0    1    2    3    4
    symbol    0    1    1    0    .
    due       .    .    .    .    1
    target                        0
    ```

    The answer is 0 for an even number and 1 for an odd one, which is to say whether the first and
    the last symbol differ. Each symbol is 0 or 1 with equal chance, and so is the answer: guessing
    gets 50 % right. A regular language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> EvenPairs().answer("0110"), EvenPairs().answer("0101")
    ('0', '1')
    """

    symbols = "01"
    answers = "01"

    def answer(self, string):
        return "01"[string[0] != string[-1]]
