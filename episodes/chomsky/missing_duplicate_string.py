"""MissingDuplicateString: find the symbol that is missing in a string given twice."""

from episodes.chomsky.base import SymbolTask, draw_symbols


class MissingDuplicateString(SymbolTask):
    """A binary string comes twice with one symbol left out: which one is it?

    ```
    step      0    1    2    3    4
    symbol    0    1    0    ?    .
    due       .    .    .    .    1
    target                        1
    ```

    Each symbol is 0 or 1 with equal chance, and so is the answer: guessing gets 50 % right. Any
    place of the two strings may be the one left out. At an odd level of `length` a `_` follows the
    two strings; the shortest level is that of 2. A context-sensitive language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> MissingDuplicateString().answer("010?"), MissingDuplicateString().answer("?0100_")
    ('1', '0')
    """

    symbols = "01?_"
    answers = "01"

    def fit_length(self, length):
        return max(length, 2)

    def draw_string(self, rng, length):
        twice = 2 * draw_symbols(rng, "01", length // 2)
        place = int(rng.integers(len(twice)))
        return f"{twice[:place]}?{twice[place + 1 :]}{'_' * (length % 2)}"

    def answer(self, string):
        half = len(string) // 2
        return string[(string.index("?") + half) % (2 * half)]
