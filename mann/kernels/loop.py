"""A layer's loop over time as one call of compiled code, for JAX on a CPU.

XLA goes through the memory once for each few operations of a step, and a call for each. Here a step
is loops that were written to go through it as seldom as they can, and each core takes a part of the
batch. numba compiles them.
"""

import concurrent.futures
import functools
import importlib.util
import os
import warnings

import keras
import numpy as np
from keras import ops


def available(dtype):
    """Returns whether there can be such loops: on JAX and a CPU, in float32, and with numba."""
    if keras.backend.backend() != "jax" or dtype != "float32":
        return False
    import jax

    # A batch that is spread over devices would be gathered on one of them.
    spread = keras.distribution.distribution() is not None
    return jax.default_backend() == "cpu" and not spread and _numba_works()


@functools.cache
def _numba_works():
    if importlib.util.find_spec("numba") is None:
        return False
    try:
        import numba  # noqa: F401
    except Exception as error:
        warnings.warn(
            f"numba is installed but cannot be imported; a DNC trains without it. {error}",
            stacklevel=2,
        )
        return False
    return True


def run_dnc(inputs, states, kernels, plain):
    """Returns the outputs of a DNC with one write head, and its last states.

    Gradients flow to the inputs and the states, none to the kernels: `weight_gradients` takes
    theirs out. Gradients of gradients are those of `plain`.

    Args:
        inputs: tuple of tensors of float32: the gates' `(batch, time, 4 * units)`, and what is
            added to the hidden state's for the interface, `(batch, time, interface size)`.
        states: list of those of the first step, as `DNCCell` names, shapes and orders them.
        kernels: tuple of the recurrent kernel and that of the interface.
        plain: function of these three, the loop of the equations.

    Returns:
        Tuple of the outputs, of shape `(batch, time, units + reads)`, and the list of states.
    """
    shapes = [state.shape for state in states]

    def plain_of_fused(inputs, first, kernels):
        outputs, last = plain(inputs, _as_listed(first, shapes), kernels)
        return outputs, _as_fused(last)

    run = _differentiable_dnc(plain_of_fused)
    outputs, last = run(tuple(inputs), _as_fused(states), tuple(kernels))
    return outputs, _as_listed(last, shapes)


def _as_fused(states):
    from mann.kernels.dnc import States

    # One write head needs no axis of heads.
    output, carry, memory, reads, writes, usage, *linked = states
    batch = usage.shape[0]
    link, precedence = linked or (ops.zeros((batch, 0, 0)), ops.zeros((batch, 0)))
    writes = ops.reshape(writes, usage.shape)
    precedence = ops.reshape(precedence, (batch, link.shape[-1]))
    return States(output, carry, memory, reads, writes, usage, link, precedence)


def _as_listed(fused, shapes):
    return [ops.reshape(state, shape) for state, shape in zip(fused, shapes, strict=False)]


def _differentiable_dnc(plain):
    import jax

    def plain_gradient(inputs, first, kernels, upstream):
        return jax.vjp(lambda *args: plain(*args, kernels), inputs, first)[1](upstream)

    forward = _derived_as(plain, _call_dnc)
    backward = _derived_as(plain_gradient, _call_dnc_gradient)

    @jax.custom_vjp
    def run(*args):
        return _call_dnc(args)[0]

    def keep(*args):
        results, steps = forward(args)
        return results, (args, steps)

    def pull_back(kept, upstream):
        args, steps = kept
        (of_inputs, of_first), _ = backward((*args, upstream), steps)
        return of_inputs, of_first, jax.tree.map(jax.numpy.zeros_like, args[2])

    run.defvjp(keep, pull_back)
    return run


def _derived_as(plain, compiled):
    """Returns compiled code that has the gradient of `plain`, which computes the same.

    Args:
        plain: function of some tensors.
        compiled: function of a tuple of the same, and of others that have no gradient; it returns
            what `plain` does, and something more that has none.
    """
    import jax

    function = jax.custom_vjp(compiled)
    function.defvjp(
        lambda args, *others: (compiled(args, *others), (args, others)),
        lambda kept, upstream: (jax.vjp(plain, *kept[0])[1](upstream[0]), *(None for _ in kept[1])),
    )
    return function


def _call_dnc(args):
    from mann.kernels.controller import panels
    from mann.kernels.dnc import Steps, steps_shapes

    inputs, first, kernels = args
    steps = Steps(*map(_array, steps_shapes(inputs[1].shape, first)))
    outputs = _array((*inputs[0].shape[:2], first.output.shape[1]))
    results = (
        (outputs, _arrays_like(first)),
        steps._replace(order=_array(steps.order.shape, "int32")),
    )
    return _buffer_callback(_run_dnc, results)(inputs, first, tuple(map(panels, kernels)))


def _call_dnc_gradient(args, steps):
    from mann.kernels.controller import panels

    inputs, first, kernels, (of_outputs, of_last) = args
    results = (tuple(map(_array_like, inputs)), _arrays_like(first))
    transposed = tuple(panels(kernel.T) for kernel in kernels)
    call = _buffer_callback(_pull_back_dnc, results)
    return call(of_outputs, of_last, first, transposed, steps), None


def _buffer_callback(function, results):
    from jax.experimental.buffer_callback import buffer_callback

    return buffer_callback(function, results, vmap_method="sequential")


def _array(shape, dtype="float32"):
    import jax

    return jax.ShapeDtypeStruct(shape, dtype)


def _array_like(array):
    return _array(array.shape)


def _arrays_like(states):
    return type(states)(*map(_array_like, states))


def _run_dnc(_, results, *args):
    from mann.kernels import dnc

    (outputs, last), steps = _as_arrays(results)
    (gates, interface), first, kernels = _as_arrays(args)
    _in_threads(dnc.run, len(gates), gates, interface, kernels, first, last, outputs, steps)


def _pull_back_dnc(_, results, *args):
    from mann.kernels import dnc_gradient

    (of_gates, of_interface), of_first = _as_arrays(results)
    of_outputs, of_last, first, kernels, steps = _as_arrays(args)
    _in_threads(
        dnc_gradient.pull_back,
        len(of_outputs),
        of_outputs,
        kernels,
        first,
        steps,
        of_last,
        of_first,
        of_gates,
        of_interface,
    )


def _as_arrays(buffers):
    return keras.tree.map_structure(np.asarray, buffers)


def _in_threads(function, batch, *args):
    """Calls compiled code, which lets go of Python's lock, on a part of the rows for each core."""
    parts = max(1, min(batch, _cores()))
    cuts = [batch * part // parts for part in range(parts + 1)]
    rows = zip(cuts[:-1], cuts[1:], strict=True)
    list(_pool().map(lambda part: function(part, *args), rows))


def _cores():
    # Those that the process may use, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@functools.cache
def _pool():
    return concurrent.futures.ThreadPoolExecutor(_cores(), thread_name_prefix="mann_fused")
