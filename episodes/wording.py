"""Words of messages."""

import re


def count(number, noun):
    """Returns a number with its noun, which is given for one.

    Example:

    >>> count(1, "class"), count(0, "query"), count(1200, "way"), count(0.5, "GPU")
    ('1 class', '0 queries', '1,200 ways', '0.5 GPU')
    """
    if not 0 < number <= 1:
        noun = re.sub(r"(?<=s)$", "e", re.sub(r"(?<=[^aeiou])y$", "ie", noun)) + "s"
    return f"{number:,.15g} {noun}"
