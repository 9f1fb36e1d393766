"""BinaryAddition: add two binary numbers."""

from episodes.chomsky.base import END, SymbolTask
from episodes.chomsky.numbers import draw_number, read_number, write_number


class BinaryAddition(SymbolTask):
    """Two binary numbers come with a sign between them; their sum is to be returned.

    ```
    step      0    1    2    3    4    5    6    7    8
    symbol    1    1    +    1    .    .    .    .    .
    due       .    .    .    .    1    1    1    1    1
    target                        0    0    1    end
    ```

    Numbers have their least significant bit first. The first has 1 to `length - 2` bits with equal
    chance, the second the rest; both are uniform among those above 0, and may end in zeros. The sum
    has no zeros at its end. There are `length + 1` steps for it; those after its end do not count.
    Guessing 0 or 1 gets 48 % right at length 40, 50 % at length 500. Levels of `length` below 3 are
    that of 3. A context-sensitive language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> BinaryAddition().answer("11+1"), BinaryAddition().answer("0010+1")
    ('001.', '101.')
    """

    symbols = "01+"
    answers = f"01{END}"

    def num_answers(self, length):
        return length + 1

    def fit_length(self, length):
        return max(length, 3)

    def draw_string(self, rng, length):
        size = int(rng.integers(1, length - 1))
        return f"{draw_number(rng, size)}+{draw_number(rng, length - 1 - size)}"

    def answer(self, string):
        return write_number(sum(map(read_number, string.split("+")))) + END
