"""Custom gradients of functions of tensors."""

import functools

import keras
from keras import ops


def custom_gradient(function):
    """Decorates a function of tensors that returns its value and the function of its gradient.

    On TensorFlow and JAX a custom gradient is faster, or saves less in a loop over time, than a
    derived one. It can be differentiated again if the function of the gradient can.

    On PyTorch the derived gradient is used: values that a custom one saves have no gradient there.

    Args:
        function: function of tensors, which returns its value and a function from the gradient of
            that value, one argument for each tensor, to the gradients of its arguments.

    Returns:
        Function of the same tensors that returns only the value.

    Example:

    >>> @custom_gradient
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
            # JAX passes the gradients of several results as one tuple.
            return gradient(*(upstream[0] if isinstance(upstream[0], tuple) else upstream))

        return value, of_each

    return functools.wraps(function)(ops.custom_gradient(with_gradients_of_each))


def straight_through(value, source):
    """Returns `value` with the gradient of `source`, of the same shape.

    No gradient flows to `value` itself: the straight-through estimator of Bengio et al. 2013.

    Args:
        value: tensor.
        source: tensor that receives the gradient.

    Returns:
        Tensor, `value`.
    """
    if keras.backend.backend() == "jax":
        return _straight_through_on_jax()(value, source)
    if keras.backend.backend() == "torch":
        return ops.stop_gradient(value) + (source - ops.stop_gradient(source))
    return _straight_through(value, source)


@custom_gradient
def _straight_through(value, source):
    return value, lambda upstream: (None, upstream)


@functools.cache
def _straight_through_on_jax():
    import jax

    # Differentiable in forward mode too, so that gradients of gradients are.
    function = jax.custom_jvp(lambda value, source: value)
    function.defjvp(lambda primals, tangents: (primals[0], tangents[1]))
    return function
