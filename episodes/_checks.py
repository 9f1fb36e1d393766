"""Checks of arguments that samplers and tasks share."""

import numpy as np


def check_integer(name, value, least):
    """Returns an argument; raises ValueError unless it is an integer of `least` or more."""
    if not _is_integer(value) or value < least:
        raise ValueError(
            f"Argument `{name}` must be an integer of {least} or more. Received: {value!r}."
        )
    return value


def check_positive(name, value):
    """Returns an argument; raises ValueError unless it is an integer of 1 or more."""
    return check_integer(name, value, least=1)


def check_number(name, value, least=0, most=np.inf):
    """Raises ValueError unless the argument called `name` is a finite number within bounds."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not least <= value <= most or not np.isfinite(value):
        bounds = f"of {least} or more" if most == np.inf else f"from {least} to {most}"
        raise ValueError(f"Argument `{name}` must be a number {bounds}. Received: {value!r}.")


def check_seed(seed):
    """Returns a seed as a tuple of integers; raises ValueError unless it is one or more of them.

    A generator of a seed and further integers, such as an index, is given one flat tuple of them:
    NumPy refuses nested tuples since 2.5, and before made the same stream of them.
    """
    parts = seed if isinstance(seed, (tuple, list)) else np.ravel(seed).tolist()
    if not parts or not all(_is_integer(part) and part >= 0 for part in parts):
        raise ValueError(
            "Argument `seed` must be a non-negative integer or a tuple of them. "
            f"Received: {seed!r}."
        )
    return tuple(map(int, parts))


def get_batch_indices(first, batch_size):
    """Returns the indices of the examples of a batch, as a range.

    Args:
        first: index of its first example.
        batch_size: number of examples.

    Raises:
        ValueError: if `first` is not an integer of 0 or more, or `batch_size` not one of 1 or more.
    """
    check_integer("first", first, least=0)
    check_positive("batch_size", batch_size)
    return range(int(first), int(first) + int(batch_size))


def _is_integer(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
