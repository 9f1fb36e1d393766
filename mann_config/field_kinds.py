"""The kinds of fields of a config: for each a check of the value, and its text in messages."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from mann_config.plugins import is_import_path

# The default of a field that every config must have.
REQUIRED = object()
# The default of a field that a config may lack.
ABSENT = object()


class Field(NamedTuple):
    """The values that one field of a config may have.

    Attributes:
        expected: description of the accepted values, such as `"an integer of 1 or more"`.
        accepts: function from a value, of any type, to whether the field accepts it.
        default: the value for a config that lacks the field, as an older config does.
        models: names of the models that have the field, or `None` for all.
    """

    expected: str
    accepts: Callable
    default: Any = REQUIRED
    models: tuple | None = None

    def restrict_to(self, *models):
        """Returns this field as one that only these models have."""
        return self._replace(models=models)


def integer(least, most=None, default=REQUIRED):
    """Returns a field of an integer from `least` to `most`.

    Example:

    >>> [integer(1).accepts(value) for value in (1, 0, 1.0, True, None, "1")]
    [True, False, False, False, False, False]
    """

    def accepts(value):
        return type(value) is int and least <= value and (most is None or value <= most)

    upto = f"{least} or more" if most is None else f"{least} to {most}"
    return Field(f"an integer of {upto}", accepts, default)


def number(expected, accepts, default=REQUIRED):
    """Returns a field of a finite number.

    Args:
        expected: the rest of `"a finite number ..."`, such as `"above 0"`.
        accepts: function from such a number to whether the field accepts it.
        default: see `Field`.
    """

    def is_accepted(value):
        return _is_finite(value) and accepts(value)

    return Field(f"a finite number {expected}".rstrip(), is_accepted, default)


def positive(default=REQUIRED):
    """Returns a field of a finite number above 0."""
    return number("above 0", lambda value: value > 0, default)


def fraction(default=REQUIRED):
    """Returns a field of a number from 0 to 1."""
    return number("from 0 to 1", lambda value: 0 <= value <= 1, default)


def _is_finite(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        # An integer too large for a float.
        return False


def boolean(default=REQUIRED):
    """Returns a field that is true or false."""
    return Field("True or False", lambda value: isinstance(value, bool), default)


def text(default=REQUIRED):
    """Returns a field of any text."""
    return Field("text", lambda value: isinstance(value, str), default)


def choice(*names, default=REQUIRED):
    """Returns a field of one of these names."""

    def accepts(value):
        return isinstance(value, str) and value in names

    return Field(f"one of {', '.join(names)}", accepts, default)


def choice_or_import(*names):
    """Returns a field of one of these names, or of an import path."""
    one = choice(*names)
    return Field(
        f"{one.expected}, or an import path such as mylab.module:Name",
        lambda value: one.accepts(value) or is_import_path(value),
    )


def anything():
    """Returns a field of any value, that only what is imported knows."""
    return Field("any value", lambda value: True)


def several(*names, default=REQUIRED):
    """Returns a field of a list of any of these names, which may be empty."""
    one = choice(*names)
    return Field(f"a list of {', '.join(names)}", lambda value: _all_are(one, value), default)


def optional(field):
    """Returns a field that may also be `None`, its default."""

    def accepts(value):
        return value is None or field.accepts(value)

    return field._replace(expected=f"None or {field.expected}", accepts=accepts, default=None)


def integers(least, most=None, default=REQUIRED):
    """Returns a field of a list of integers; it may be empty if that is its default."""
    one = integer(least, most)

    def accepts(value):
        return _all_are(one, value) and (len(value) > 0 or default == ())

    some = "a list of" if default == () else "a list of one or more of"
    return Field(f"{some} {one.expected.replace('an integer', 'integers')}", accepts, default)


def between(least):
    """Returns a field of a range: two integers, the first not above the second."""
    one = integer(least)

    def accepts(value):
        return _all_are(one, value) and len(value) == 2 and value[0] <= value[1]

    expected = f"two integers, the first {least} or more and not above the second"
    return Field(expected, accepts)


def rows(width):
    """Returns a field of one or more rows, each of `width` integers of 1 or more."""
    one = integer(1)

    def accepts(value):
        return (
            isinstance(value, (list, tuple))
            and len(value) > 0
            and all(_all_are(one, row) and len(row) == width for row in value)
        )

    return Field(f"a list of one or more lists of {width} integers of 1 or more", accepts)


def _all_are(one, value):
    return isinstance(value, (list, tuple)) and all(map(one.accepts, value))
