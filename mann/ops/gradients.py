"""Gradients that are written out."""

import functools

import keras
from keras import ops


def written_gradient(function):
    """Makes a function of tensors that returns its value and its gradient one of its value alone.

    What is written out is faster, or saves less in a loop over time, than what TensorFlow and JAX
    derive. Gradients of gradients go through it, as long as `gradient` is differentiable.

    PyTorch derives its own: what its written gradients save has no gradient there.

    Args:
        function: of tensors, which returns what it computes and a function from the gradient of
            that, one argument for each tensor, to the gradients of its arguments.

    Returns:
        Function of the same tensors that returns what `function` computes.

    Example:

    >>> @written_gradient
    ... def square(x):
    ...     return x * x, lambda upstream: 2.0 * x * upstream
    >>> float(square(ops.convert_to_tensor(3.0)))
    9.0
    """
    if keras.backend.backend() not in ("tensorflow", "jax"):
        return functools.wraps(function)(lambda *args: function(*args)[0])

    def with_gradients_of_each(*args):
        value, gradient = function(*args)

        def of_each(*upstream):
            # JAX hands over the gradients of several results as one tuple.
            return gradient(*(upstream[0] if isinstance(upstream[0], tuple) else upstream))

        return value, of_each

    return functools.wraps(function)(ops.custom_gradient(with_gradients_of_each))


def straight_through(value, source):
    """Returns a value with the gradient of what it stands for, of the same shape.

    The value itself gets none (Bengio et al. 2013).

    Args:
        value: tensor.
        source: tensor, which only its gradient needs.

    Returns:
        Tensor, `value`.
    """
    if keras.backend.backend() == "jax":
        return _straight_through_on_jax()(value, source)
    return _straight_through(value, source)


@written_gradient
def _straight_through(value, source):
    return value, lambda upstream: (None, upstream)


@functools.cache
def _straight_through_on_jax():
    import jax

    # Differentiable forward too, so that a gradient made with it is.
    function = jax.custom_jvp(lambda value, source: value)
    function.defjvp(lambda primals, tangents: (primals[0], tangents[1]))
    return function
