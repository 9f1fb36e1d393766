"""StackManipulation: push on a stack and pop from it, and return what is left."""

from episodes.chomsky.base import END, SymbolTask, draw_symbols


class StackManipulation(SymbolTask):
    """A stack comes from its bottom to its top, then actions on it: what is left, from the top?

    ```
    step      0    1    2    3    4    5    6    7    8
    symbol    0    1    x    i    .    .    .    .    .
    due       .    .    .    .    1    1    1    1    1
    target                        1    0    end
    ```

    An `x` pops the top of the stack, if there is one; an `o` pushes a 0 and an `i` a 1. The stack
    has 1 to `length - 1` symbols with equal chance (one, if the length is 1), each 0 or 1 with
    equal chance, and so are the three actions. There are `length + 1` steps for the answer; those
    after its end do not count. Guessing 0 or 1 gets 48 % right at length 40, 50 % at length 500. A
    deterministic context-free language.

    Args:
        length: shortest and longest string to train on. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023.

    Example:

    >>> StackManipulation().answer("01xi"), StackManipulation().answer("1xx")
    ('10.', '.')
    """

    symbols = "01xoi"
    answers = f"01{END}"

    def num_answers(self, length):
        return length + 1

    def draw_string(self, rng, length):
        size = int(rng.integers(1, max(length, 2)))
        return draw_symbols(rng, "01", size) + draw_symbols(rng, "xoi", length - size)

    def answer(self, string):
        stack = []
        for symbol in string:
            if symbol == "x":
                del stack[-1:]
            else:
                stack.append({"o": "0", "i": "1"}.get(symbol, symbol))
        return "".join(reversed(stack)) + END
