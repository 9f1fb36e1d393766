"""CycleNavigation: where do steps on a circle end?"""

from episodes.chomsky.base import SymbolTask


class CycleNavigation(SymbolTask):
    """Steps on a circle of five places come, from place 0: where do they end?

    ```
    step      0    1    2    3    4
    symbol    +    0    -    -    .
    due       .    .    .    .    1
    target                        4
    ```

    A `+` is a step to the next place, a `-` one to the place before, and a `0` stays: each with
    equal chance. On longer strings the places are as likely, and guessing gets 20 % right. A
    regular language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> CycleNavigation().answer("+0--"), CycleNavigation().answer("+++++")
    ('4', '0')
    """

    symbols = "-0+"
    answers = "01234"

    def answer(self, string):
        return str((string.count("+") - string.count("-")) % len(self.answers))
