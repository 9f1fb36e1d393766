"""Checks of the arguments that the memory layers share."""


def check_sizes(**sizes):
    """Raises ValueError unless every size is an `int` of 1 or more."""
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            raise ValueError(f"Argument `{name}` must be an int of 1 or more. Received: {size!r}.")


def check_choice(name, value, choices):
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"Argument `{name}` must be one of {choices}. Received: {value!r}.")


def check_number(name, value):
    """Raises ValueError unless the argument is a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"Argument `{name}` must be a number. Received: {value!r}.")
