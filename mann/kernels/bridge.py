"""Hands a compiled loop and its gradient to TensorFlow, JAX and PyTorch.

`call` makes a function of NumPy arrays an operation of the framework; `with_gradient` makes a
forward and a backward call into one function that the framework differentiates.
"""

import functools
import itertools
import math
from typing import NamedTuple

import keras
import numpy as np

from mann.kernels.availability import under_xla

# TensorFlow uses an array whose address is a multiple of this, and copies any other.
ALIGNMENT = 64


class Spec(NamedTuple):
    """The shape and type of an array to be filled."""

    shape: tuple
    dtype: str = "float32"


def call(function, specs, *args):
    """Calls a function of NumPy arrays on tensors, and returns the arrays that it fills.

    Args:
        function: function of two tuples of arrays: the inputs, which it must not change, and the
            arrays to fill.
        specs: function from the shapes of the inputs to the `Spec` of each array to fill. On
            TensorFlow sizes may be `None` while a graph is built.
        *args: tensors.

    Returns:
        Tuple of tensors, without a gradient.
    """
    calls = {"tensorflow": _call_on_tensorflow, "jax": _call_on_jax, "torch": _call_on_torch}
    return calls[keras.backend.backend()](function, specs, args)


def with_gradient(forward, backward, plain):
    """Returns a function like `plain`, which compiled code computes and differentiates.

    Gradients of gradients are those of `plain`.

    Args:
        forward: function of the tensors, which returns a tuple of the results of `plain` and a
            tuple of residuals.
        backward: function of four tuples: the tensors, the results, the residuals, and the
            gradients of the results; it returns a tuple of the tensors' gradients.
        plain: function of the tensors that returns a tuple.

    Returns:
        Function like `plain`.
    """
    wrap = {"tensorflow": _on_tensorflow, "jax": _on_jax, "torch": _on_torch}
    return wrap[keras.backend.backend()](forward, backward, plain)


def _call_on_tensorflow(function, specs, args):
    import tensorflow as tf

    made = specs([tuple(arg.shape) for arg in args])
    results = tf.numpy_function(
        lambda *arrays: _filled(function, specs, arrays),
        args,
        [spec.dtype for spec in made],
        # It has no side effects, so that TensorFlow may skip it if its results are not used.
        stateful=False,
    )
    return tuple(tf.ensure_shape(x, spec.shape) for x, spec in zip(results, made, strict=True))


def _call_on_jax(function, specs, args):
    import jax
    from jax.experimental.buffer_callback import buffer_callback

    def fill(_, results, *given):
        function(_read_only(map(np.asarray, given)), tuple(map(np.asarray, results)))

    made = tuple(jax.ShapeDtypeStruct(*spec) for spec in specs([arg.shape for arg in args]))
    return tuple(buffer_callback(fill, made, vmap_method="sequential")(*args))


def _call_on_torch(function, specs, args):
    import torch

    return tuple(map(torch.from_numpy, _filled(function, specs, [x.detach() for x in args])))


def _filled(function, specs, given):
    given = _read_only(map(np.ascontiguousarray, given))
    results = tuple(_empty(*spec) for spec in specs([array.shape for array in given]))
    function(given, results)
    return results


def _read_only(arrays):
    # Some frameworks pass read-only arrays. All are made so, as numba would compile a loop twice
    # for both kinds.
    views = tuple(array.view() for array in arrays)
    for view in views:
        view.flags.writeable = False
    return views


def _empty(shape, dtype):
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.empty(size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + size].view(dtype).reshape(shape)


def _on_jax(forward, backward, plain):
    import jax

    def plain_gradient(args, d_results):
        return jax.vjp(plain, *args)[1](d_results)

    def compiled_gradient(args, d_results, kept):
        return backward(args, *kept, d_results), None

    forward_once = _derived_as(plain, lambda args: forward(*args))
    backward_once = _derived_as(plain_gradient, lambda args, kept: compiled_gradient(*args, kept))

    @jax.custom_vjp
    def run(*args):
        return forward(*args)[0]

    def run_forward(*args):
        kept = forward_once(args)
        return kept[0], (args, kept)

    def run_backward(saved, d_results):
        args, kept = saved
        return backward_once((args, d_results), kept)[0]

    run.defvjp(run_forward, run_backward)
    return run


def _derived_as(plain, compiled):
    """Returns `compiled` with the gradient of `plain`, which computes the same.

    Args:
        plain: function of some trees of arrays.
        compiled: function of a tuple of the same, and of others without a gradient; it returns
            the result of `plain`, and another without a gradient.
    """
    import jax

    def gradient(saved, upstream):
        args, others = saved
        return jax.vjp(plain, *args)[1](upstream[0]), *(None for _ in others)

    function = jax.custom_vjp(compiled)
    function.defvjp(
        lambda args, *others: (compiled(args, *others), (args, others)),
        gradient,
    )
    return function


def _on_tensorflow(forward, backward, plain):
    import tensorflow as tf

    zero = tf.UnconnectedGradients.ZERO

    def plain_gradient(args, d_results):
        with tf.GradientTape() as tape:
            tape.watch(args)
            results = plain(*args)
        return tape.gradient(results, args, d_results, zero)

    def run(*args):
        @tf.custom_gradient
        def run_forward(*given):
            # Their gradient is given below; TensorFlow must not derive another.
            given = tuple(map(tf.stop_gradient, given))
            results, residuals = forward(*given)

            @tf.custom_gradient
            def run_backward(*given_and_upstream):
                def gradient(*upstream):
                    with tf.GradientTape() as tape:
                        tape.watch(given_and_upstream)
                        first = plain_gradient(*_split(given_and_upstream, len(args)))
                    return tape.gradient(first, given_and_upstream, upstream, zero)

                stopped = _split(tuple(map(tf.stop_gradient, given_and_upstream)), len(args))
                if under_xla():
                    return tuple(plain_gradient(*stopped)), gradient
                return tuple(backward(stopped[0], results, residuals, stopped[1])), gradient

            def gradient(*d_results):
                # Outside graphs, the gradient of an unused result is `None`.
                given = (
                    tf.zeros_like(result) if x is None else x
                    for x, result in zip(d_results, results, strict=True)
                )
                return run_backward(*args, *given)

            return results, gradient

        return tuple(run_forward(*args))

    return run


def _split(tensors, count):
    return tensors[:count], tensors[count:]


def _on_torch(forward, backward, plain):
    return functools.partial(_torch_functions()[0].apply, (forward, backward, plain))


@functools.cache
def _torch_functions():
    import torch

    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, functions, *args):
            results, residuals = functions[0](*args)
            ctx.functions, ctx.num_args = functions, len(args)
            ctx.residuals = residuals
            ctx.save_for_backward(*args, *results)
            ctx.set_materialize_grads(False)
            return results

        @staticmethod
        def backward(ctx, *d_results):
            args, results = _split(ctx.saved_tensors, ctx.num_args)
            d_results = (
                torch.zeros_like(result) if x is None else x
                for x, result in zip(d_results, results, strict=True)
            )
            kept = tuple(result.detach() for result in results), ctx.residuals
            return None, *Backward.apply(ctx.functions, kept, len(args), *args, *d_results)

    class Backward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, functions, kept, num_args, *args_and_upstream):
            ctx.plain, ctx.num_args = functions[2], num_args
            ctx.save_for_backward(*args_and_upstream)
            args, d_results = _split(args_and_upstream, num_args)
            return tuple(functions[1](args, *kept, d_results))

        @staticmethod
        def backward(ctx, *upstream):
            further = torch.is_grad_enabled()
            with torch.enable_grad():
                # Tensors of their own: the results' gradients may be made of the same arguments.
                given = tuple(
                    x.view_as(x) if x.requires_grad else x.detach().requires_grad_()
                    for x in ctx.saved_tensors
                )
                args, d_results = _split(given, ctx.num_args)
                results = ctx.plain(*args)
                # Such as ages of slots have no gradient.
                has = [result.requires_grad for result in results]
                first = torch.autograd.grad(
                    list(itertools.compress(results, has)),
                    args,
                    list(itertools.compress(d_results, has)),
                    create_graph=True,
                    materialize_grads=True,
                )
                second = torch.autograd.grad(
                    first, given, upstream, create_graph=further, materialize_grads=True
                )
            return None, None, None, *second

    return Forward, Backward
