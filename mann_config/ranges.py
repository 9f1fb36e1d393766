"""Lists of integers as text, such as `"0..4,7"`: seeds and levels of difficulty."""

import re


def parse_ranges(text):
    """Returns the ranges of integers that a text names; an empty one for each part that does not.

    Example:

    >>> parse_ranges("7,0..3,x,4..2")
    [range(7, 8), range(0, 4), range(0, 0), range(4, 3)]
    """
    return list(map(_parse_range, text.split(",")))


def _parse_range(text):
    # Longer ones are beyond what a range can count.
    match = re.fullmatch(r"\s*(\d{1,18})(?:\.\.(\d{1,18}))?\s*", text, re.ASCII)
    return range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
