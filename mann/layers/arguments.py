"""Checks of the arguments that the memory layers share."""


def check_sizes(**sizes):
    """Raises ValueError unless every size is an integer of 1 or more."""
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(
                f"Argument `{name}` must be an integer of 1 or more. Received: {size!r}."
            )


def check_choice(name, value, choices):
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"Argument `{name}` must be one of {choices}. Received: {value!r}.")
