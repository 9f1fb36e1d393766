"""BucketSort: return the symbols of a string in ascending order."""

from episodes.chomsky.base import SymbolTask


class BucketSort(SymbolTask):
    """A string of five symbols comes; it is to be returned in ascending order.

    ```
    step      0    1    2    3    4    5
    symbol    4    0    4    .    .    .
    due       .    .    .    1    1    1
    target                   0    4    4
    ```

    Each symbol is any of five with equal chance: guessing gets 20 % right. A context-sensitive
    language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> BucketSort().answer("404")
    '044'
    """

    symbols = "01234"
    answers = "01234"

    def num_answers(self, length):
        return length

    def answer(self, string):
        return "".join(sorted(string))
