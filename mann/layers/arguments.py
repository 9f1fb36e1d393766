"""Checks of the arguments that the memory layers share."""

import keras


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


def check_states(states, sizes, batch_size):
    """Raises ValueError unless initial states have the sizes of a layer's, `(batch, size)` each.

    Args:
        states: the states that the layer was called with.
        sizes: list of the sizes of its states.
        batch_size: rows of the inputs, `None` if that is not known.
    """
    shapes = [tuple(state.shape) for state in keras.tree.flatten(states)]
    wanted = [(batch_size, size) for size in sizes]
    if len(shapes) != len(wanted) or not all(map(_may_be, shapes, wanted)):
        raise ValueError(
            f"Argument `initial_state` must be states as `get_initial_state` or an earlier call of "
            f"a layer with the same sizes returns them, of shapes {wanted}. Received: states of "
            f"shapes {shapes}."
        )


def _may_be(shape, wanted):
    """Returns whether a shape is the one wanted, as far as both are known."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(a == b or None in (a, b) for a, b in pairs)
