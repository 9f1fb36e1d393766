"""A layer's loop over time as one call of compiled code, for JAX on a CPU.

XLA goes through the memory once for each few operations of a step, and a call for each. Here a step
is loops that were written to go through it as seldom as they can, and each core takes a part of the
batch. numba compiles them.
"""

import concurrent.futures
import functools
import importlib.util
import os

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
    return jax.default_backend() == "cpu" and not spread and _numba_is_installed()


@functools.cache
def _numba_is_installed():
    return importlib.util.find_spec("numba") is not None


def run_dnc(inputs, states, kernels):
    """Returns the outputs of a DNC with one write head, and its last states.

    Gradients flow to the inputs and the states, none to the kernels: `weight_gradients` takes
    theirs out. Gradients of gradients do not go through it.

    Args:
        inputs: tuple of tensors of float32: the gates' `(batch, time, 4 * units)`, and what is
            added to the hidden state's for the interface, `(batch, time, interface size)`.
        states: list of those of the first step, as `DNCCell` names, shapes and orders them.
        kernels: tuple of the recurrent kernel and that of the interface.

    Returns:
        Tuple of the outputs, of shape `(batch, time, units + reads)`, and the list of states.
    """
    from mann.fused.dnc import States

    # One write head needs no axis of heads.
    output, carry, memory, reads, writes, usage, *linked = states
    batch = usage.shape[0]
    link, precedence = linked or (ops.zeros((batch, 0, 0)), ops.zeros((batch, 0)))
    writes, precedence = ops.reshape(writes, usage.shape), ops.reshape(precedence, (batch, -1))
    first = States(output, carry, memory, reads, writes, usage, link, precedence)
    outputs, last = _differentiable_dnc()(tuple(inputs), first, tuple(kernels))
    return outputs, [ops.reshape(x, state.shape) for x, state in zip(last, states, strict=False)]


@functools.cache
def _differentiable_dnc():
    import jax
    from jax.experimental.buffer_callback import buffer_callback

    from mann.fused.controller import panels
    from mann.fused.dnc import States, Steps, steps_shapes

    def array(shape):
        return jax.ShapeDtypeStruct(shape, "float32")

    def call(inputs, states, kernels):
        steps = Steps(*map(array, steps_shapes(inputs[1].shape, states)))
        results = (
            array((*inputs[0].shape[:2], states.output.shape[1])),
            States(*(array(state.shape) for state in states)),
            steps._replace(order=jax.ShapeDtypeStruct(steps.order.shape, "int32")),
        )
        return buffer_callback(_run_dnc, results)(inputs, states, tuple(map(panels, kernels)))

    @jax.custom_vjp
    def run(inputs, states, kernels):
        return call(inputs, states, kernels)[:2]

    def keep(inputs, states, kernels):
        outputs, last, steps = call(inputs, states, kernels)
        return (outputs, last), (states, kernels, steps)

    def pull_back(kept, upstream):
        first, kernels, steps = kept
        of_outputs, of_states = upstream
        of_gates = array((*of_outputs.shape[:2], kernels[0].shape[1]))
        results = (
            (of_gates, array(steps.interface.shape)),
            States(*(array(state.shape) for state in first)),
        )
        transposed = tuple(panels(kernel.T) for kernel in kernels)
        of_inputs, of_first = buffer_callback(_pull_back_dnc, results)(
            of_outputs, of_states, first, transposed, steps
        )
        return of_inputs, of_first, jax.tree.map(jax.numpy.zeros_like, kernels)

    run.defvjp(keep, pull_back)
    return run


def _run_dnc(_, results, *args):
    from mann.fused import dnc

    outputs, last, steps = _as_arrays(results)
    (gates, interface), first, kernels = _as_arrays(args)
    _in_threads(dnc.run, len(gates), gates, interface, kernels, first, last, outputs, steps)


def _pull_back_dnc(_, results, *args):
    from mann.fused import dnc_gradient

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
    parts = min(batch, _cores())
    cuts = [batch * part // parts for part in range(parts + 1)]
    rows = zip(cuts[:-1], cuts[1:], strict=True)
    list(_pool().map(lambda part: function(part, *args), rows))


def _cores():
    # Those that the process may use, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@functools.cache
def _pool():
    return concurrent.futures.ThreadPoolExecutor(_cores(), thread_name_prefix="mann_fused")
