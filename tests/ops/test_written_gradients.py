"""The custom gradients are those of the plain formulas, and finite at the edges."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from mann.ops import addressing, allocation, controllers, links
from mann.ops import memory as memory_ops


def plain_lstm(gates, prev_carry):
    i, f, g, o = ops.split(gates, 4, axis=-1)
    carry = ops.sigmoid(f) * prev_carry + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(carry), carry


def plain_read(memory, weights):
    return ops.einsum("brn,bwn->brw", weights, memory)


def plain_add(memory, weights, words):
    return memory + ops.einsum("brn,brw->bwn", weights, words)


def plain_write(memory, weights, erase, words):
    for head in range(weights.shape[1]):
        memory = memory * (1 - ops.einsum("bn,bw->bwn", weights[:, head], erase[:, head]))
    return plain_add(memory, weights, words)


def plain_content_weights(keys, memory, strengths):
    # The smallest number inside the roots is that of the custom formula.
    norms = ops.sqrt(ops.sum(keys**2, axis=-1) + 1e-6)[:, :, None]
    norms = norms * ops.sqrt(ops.sum(memory**2, axis=1) + 1e-6)[:, None]
    cosines = ops.einsum("brw,bwn->brn", keys, memory) / norms
    return ops.softmax(strengths[:, :, None] * cosines, axis=-1)


def plain_allocation_in_order_of(usages):
    # The order is a constant to the gradient.
    before = usages[:, None, :] < usages[:, :, None]

    def plain_allocation(usage):
        others = ops.where(before, usage[:, None, :], 1.0)
        return (1 - usage) * ops.prod(others, axis=-1)

    return plain_allocation


def plain_write_and_follow(link, write, precedence, read):
    link = (1 - write[:, :, None] - write[:, None]) * link + write[:, :, None] * precedence[:, None]
    link = link * (1 - ops.eye(link.shape[-1]))
    return (
        link,
        ops.einsum("bij,brj->bri", link, read),
        ops.einsum("bji,brj->bri", link, read),
    )


def as_tuple(outputs):
    return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)


def outputs_and_gradients(function, arguments, upstream=None):
    """Returns the outputs of a function and the gradients of its arguments, as arrays.

    `upstream` are the gradients of the outputs; `None` draws them.
    """

    def upstream_of(outputs):
        rng = np.random.default_rng(1)
        drawn = upstream or [rng.normal(size=output.shape) for output in outputs]
        return [ops.convert_to_tensor(array, "float32") for array in drawn]

    if keras.backend.backend() == "jax":
        import jax

        @jax.jit
        def both(*given):
            outputs, pull_back = jax.vjp(lambda *given: as_tuple(function(*given)), *given)
            return outputs, pull_back(tuple(upstream_of(outputs)))

        outputs, gradients = both(*arguments)
    elif keras.backend.backend() == "torch":
        import torch

        arguments = [torch.tensor(argument, requires_grad=True) for argument in arguments]
        outputs = as_tuple(function(*arguments))
        gradients = torch.autograd.grad(outputs, arguments, upstream_of(outputs))
    else:
        import tensorflow as tf

        arguments = [tf.convert_to_tensor(argument) for argument in arguments]
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            outputs = as_tuple(function(*arguments))
        gradients = tape.gradient(outputs, arguments, output_gradients=upstream_of(outputs))
    return [ops.convert_to_numpy(array) for array in (*outputs, *gradients)]


def arguments(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def links_of(batch, slots):
    # Whole parts, so that what is compared is not the rounding of those saved for the gradient.
    parts = np.random.default_rng(0).integers(links.ONE, size=(batch, slots, slots), endpoint=True)
    return (parts / links.ONE).astype("float32")


def of_allocation(slots, low):
    rng = np.random.default_rng(0)
    usages = rng.permuted(np.tile(np.linspace(low, 0.99, slots), (2, 1)), axis=1).astype("float32")
    return allocation.allocation, plain_allocation_in_order_of(usages), [usages]


HEADS = {
    f"{name}_{heads}": (written, plain, arguments((3, 4, 7), *(s(heads) for s in shapes)))
    for heads in (1, 2, 3)
    for name, written, plain, shapes in (
        ("read", memory_ops.read, plain_read, [lambda r: (3, r, 7)]),
        ("add", memory_ops.add, plain_add, [lambda r: (3, r, 7), lambda r: (3, r, 4)]),
        (
            "write",
            memory_ops.write,
            plain_write,
            [lambda r: (3, r, 7), lambda r: (3, r, 4), lambda r: (3, r, 4)],
        ),
    )
}
WRITTEN = {
    "lstm": (controllers.lstm, plain_lstm, arguments((3, 20), (3, 5))),
    **HEADS,
    "content_weights": (
        addressing.content_weights,
        plain_content_weights,
        arguments((3, 2, 4), (3, 4, 7), (3, 2)),
    ),
    "allocation": of_allocation(9, 0.1),
    # So much in use that the products over hundreds of slots do not vanish.
    "allocation_sorted": of_allocation(allocation.SORT_FROM + 8, 0.97),
    "write_and_follow": (
        links.write_and_follow,
        plain_write_and_follow,
        [links_of(3, 5), *arguments((3, 5), (3, 5), (3, 2, 5))],
    ),
}


@pytest.mark.parametrize(("written", "plain", "given"), WRITTEN.values(), ids=WRITTEN)
def test_written_gradients(written, plain, given):
    ours, theirs = (outputs_and_gradients(function, given) for function in (written, plain))
    for one, other in zip(ours, theirs, strict=True):
        assert np.any(one)
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(("written", "plain", "given"), WRITTEN.values(), ids=WRITTEN)
def test_gradients_of_written_gradients(written, plain, given):
    ours, theirs = (square_of_gradient(function, given) for function in (written, plain))
    for one, other in zip(ours, theirs, strict=True):
        assert np.any(one)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)


def square_of_gradient(function, arguments):
    """Returns the gradients of the squared length of the gradient of a sum of squares, compiled."""

    def sum_of_squares(*given):
        return sum(ops.sum(output**2) for output in as_tuple(function(*given)))

    if keras.backend.backend() == "jax":
        import jax

        every = tuple(range(len(arguments)))

        def square(*given):
            return sum(ops.sum(g**2) for g in jax.grad(sum_of_squares, every)(*given))

        gradients = jax.jit(jax.grad(square, every))(*arguments)
    elif keras.backend.backend() == "torch":
        import torch

        arguments = [torch.tensor(argument, requires_grad=True) for argument in arguments]
        first = torch.autograd.grad(sum_of_squares(*arguments), arguments, create_graph=True)
        gradients = torch.autograd.grad(sum((g**2).sum() for g in first), arguments)
    else:
        import tensorflow as tf

        @tf.function(jit_compile=True)
        def compute(*given):
            with tf.GradientTape() as outer:
                outer.watch(given)
                with tf.GradientTape() as inner:
                    inner.watch(given)
                    value = sum_of_squares(*given)
                first = inner.gradient(value, given)
                square = sum(tf.reduce_sum(g**2) for g in first)
            return outer.gradient(square, given)

        gradients = compute(*map(tf.convert_to_tensor, arguments))
    return [ops.convert_to_numpy(gradient) for gradient in gradients]


def test_the_gradient_of_hard_weights_is_that_of_soft_ones():
    weights, upstream = arguments((3, 2, 7), (3, 2, 7))
    for harden in (addressing.harden, addressing.harden_gates):
        hard, gradient = outputs_and_gradients(harden, [weights], [upstream])
        assert set(hard.ravel().tolist()) == {0, 1}
        np.testing.assert_array_equal(gradient, upstream)


def test_rounding_of_saved_links_hardly_shows():
    rng = np.random.default_rng(0)
    given = [
        rng.dirichlet(np.full(64, 0.1), size=size).astype("f") for size in ((2, 64), 2, 2, (2, 4))
    ]
    ours, theirs = (
        outputs_and_gradients(function, given)
        for function in (links.write_and_follow, plain_write_and_follow)
    )
    for one, other in zip(ours, theirs, strict=True):
        assert np.max(np.abs(one - other)) < 2e-4 * np.max(np.abs(other))


@pytest.mark.parametrize("slots", [8, allocation.SORT_FROM + 8])
def test_gradient_of_allocation_reaches_the_slots_after_a_free_one(slots):
    # The first free slot is taken; were it a little in use, the next would get as much.
    usage = np.full((1, slots), 0.8, "float32")
    usage[0, [2, 5]] = 0
    upstream = np.random.default_rng(0).normal(size=(1, slots))
    _, gradient = outputs_and_gradients(allocation.allocation, [usage], [upstream])
    want = np.zeros(slots)
    want[2] = upstream[0, 5] - upstream[0, 2]
    np.testing.assert_allclose(gradient[0], want, atol=1e-4)


def test_gradient_of_allocation_is_the_same_sorted_or_not(monkeypatch):
    rng = np.random.default_rng(0)
    # In use, free, full, and as free as others.
    usage = rng.uniform(size=(3, 64)).astype("float32")
    usage[0], usage[1, :32], usage[2, ::2] = 0, 0, 1
    compared = outputs_and_gradients(allocation.allocation, [usage])
    monkeypatch.setattr(allocation, "SORT_FROM", 1)
    in_order = outputs_and_gradients(allocation.allocation, [usage])
    for one, other in zip(compared, in_order, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


EDGES = {
    "empty key": (addressing.content_weights, [np.zeros((1, 1, 4)), np.ones((1, 4, 3))]),
    "empty memory": (addressing.content_weights, [np.ones((1, 1, 4)), np.zeros((1, 4, 3))]),
    "both empty": (addressing.content_weights, [np.zeros((1, 1, 4)), np.zeros((1, 4, 3))]),
    "all masked": (
        lambda *given: addressing.content_weights(*given[:2], None, given[2]),
        [np.ones((1, 1, 4)), np.ones((1, 4, 3)), np.zeros((1, 1, 4))],
    ),
    "large strength": (
        addressing.content_weights,
        [np.ones((1, 1, 3)), np.eye(3)[None], np.full((1, 1), 1e6)],
    ),
    "no weight to sharpen": (addressing.sharpen, [np.zeros((1, 1, 3)), np.full((1, 1), 3.0)]),
    "one weight to sharpen": (addressing.sharpen, [np.eye(3)[:1, None], np.full((1, 1), 50.0)]),
    "all free": (allocation.allocation, [np.zeros((1, 5))]),
    "all in use": (allocation.allocation, [np.ones((1, 5))]),
    "free and in use": (allocation.allocation, [np.array([[0.0, 1, 0, 1, 0.5]])]),
    "all free, sorted": (allocation.allocation, [np.zeros((1, allocation.SORT_FROM))]),
    "all in use, sorted": (allocation.allocation, [np.ones((1, allocation.SORT_FROM))]),
    # As the cells make strengths.
    "large softplus": (lambda x: 1 + ops.softplus(x), [np.array([-1e4, -100.0, 100.0, 1e4])]),
}


@pytest.mark.parametrize(("function", "given"), EDGES.values(), ids=EDGES)
def test_values_and_gradients_are_finite_at_the_edges(function, given):
    given = [array.astype("float32") for array in given]
    for array in outputs_and_gradients(function, given):
        assert np.all(np.isfinite(array))
        assert math.isfinite(np.abs(array).sum())


def test_gradient_of_a_full_erase_reaches_what_was_erased():
    # A factor of zero must not zero, or make infinite, the gradient of the other factors.
    memory, erase = np.ones((1, 1, 1), "f"), np.ones((1, 2, 1), "f")
    weights, words = np.array([[[1.0], [0.25]]], "f"), np.zeros((1, 2, 1), "f")
    _, of_memory, of_weights, of_erase, _ = outputs_and_gradients(
        memory_ops.write, [memory, weights, erase, words], [np.ones((1, 1, 1))]
    )
    np.testing.assert_allclose(of_memory, [[[0]]], atol=1e-6)
    np.testing.assert_allclose(of_weights, [[[-0.75], [0]]], atol=1e-6)
    np.testing.assert_allclose(of_erase, [[[-0.75], [0]]], atol=1e-6)
