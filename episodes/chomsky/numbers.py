"""Binary numbers as strings."""

from episodes.chomsky.base import draw_symbols


def draw_number(rng, length):
    """Returns the bits of a number, uniform among those of a length above 0."""
    bits = draw_symbols(rng, "01", length)
    return bits if "1" in bits else draw_number(rng, length)


def read_number(bits):
    """Returns the integer of bits, the least significant first.

    Example:

    >>> read_number("0110")
    6
    """
    return int(bits[::-1], 2)


def write_number(number):
    """Returns the bits of an integer, the least significant first.

    Example:

    >>> write_number(6)
    '011'
    """
    return f"{number:b}"[::-1]
