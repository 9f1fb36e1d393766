"""Arithmetic expressions as strings, of digits, signs and brackets."""

from episodes.chomsky.base import draw_symbols

MODULUS = 5
_DIGITS = "01234"


def draw_expression(rng, length, signs):
    """Returns a random expression of a length.

    Up to a length of 4 it is a digit `d`, then `-d`, `(d)` or `(-d)`. Above it is two expressions
    in brackets with a sign between them, the first of any length that leaves the second one.

    Args:
        rng: `numpy.random.Generator`.
        length: number of symbols, 1 or more.
        signs: string of the signs to draw from.
    """
    if length < 5:
        digit = draw_symbols(rng, _DIGITS, 1)
        return (f"{digit}", f"-{digit}", f"({digit})", f"(-{digit})")[length - 1]
    first = int(rng.integers(1, length - 3))
    left = draw_expression(rng, first, signs)
    right = draw_expression(rng, length - 3 - first, signs)
    return f"({left}{draw_symbols(rng, signs, 1)}{right})"


def evaluate(expression, modulus):
    """Returns the value of an expression, an integer from 0 to `modulus - 1`.

    Example:

    >>> evaluate("1-2*3", 5), evaluate("(4*(-2))", 5)
    (0, 2)
    """
    # The sum so far, and what the next value is to be multiplied by; outside, those of the brackets
    # around.
    total, factor, value, outer = 0, 1, None, []
    for symbol in expression:
        if symbol.isdigit():
            value = int(symbol)
        elif symbol == "(":
            outer.append((total, factor))
            total, factor = 0, 1
        elif symbol == ")":
            value = total + factor * value
            total, factor = outer.pop()
        elif symbol == "*":
            factor, value = factor * value % modulus, None
        elif value is None:
            factor = -factor
        else:
            total, factor = (total + factor * value) % modulus, 1 if symbol == "+" else -1
            value = None
    return (total + factor * value) % modulus
