"""Reading, erasing and adding at the weights of heads. B, N, W and R as in addressing.py."""

import math

from keras import ops

from mann.ops.gradients import custom_gradient
from mann.ops.products import outer_products, products, sums


@custom_gradient
def read(memory, weights):
    """Returns the weighted sum of the slots of the memory: `r = sum_i w(i) M(i)`.

    Args:
        memory: tensor of shape `(B, W, N)`.
        weights: tensor of shape `(B, R, N)`.

    Returns:
        Tensor of shape `(B, R, W)`.
    """

    def gradient(upstream):
        return outer_products(weights, upstream), products(upstream, memory)

    return sums(weights, memory), gradient


def erase_slots(memory, slots):
    """Returns the memory with some slots wiped: `M(i) (1 - e(i))`.

    Args:
        memory: tensor of shape `(B, W, N)`.
        slots: tensor of shape `(B, N)`, 1 for slots to wipe, 0 for the others.

    Returns:
        Tensor of shape `(B, W, N)`.
    """
    return memory * (1.0 - slots)[:, None, :]


@custom_gradient
def add(memory, weights, words):
    """Returns the memory with words added at the heads' weights: `M(i) + sum_r w_r(i) a_r`.

    Args:
        memory: tensor of shape `(B, W, N)`.
        weights: tensor of shape `(B, R, N)`.
        words: tensor of shape `(B, R, W)`.

    Returns:
        Tensor of shape `(B, W, N)`.
    """

    def gradient(upstream):
        return upstream, products(words, upstream), sums(weights, upstream)

    return memory + outer_products(weights, words), gradient


@custom_gradient
def write(memory, weights, erase, words):
    """Returns the memory after all heads have erased and then all have added.

    `M(i) = M_{t-1}(i) prod_r (1 - w_r(i) e_r) + sum_r w_r(i) a_r`, equations 3 and 4 of Graves et
    al. 2014.

    Args:
        memory: tensor of shape `(B, W, N)`.
        weights: tensor of shape `(B, R, N)`.
        erase: tensor of shape `(B, R, W)` in [0, 1].
        words: tensor of shape `(B, R, W)`.

    Returns:
        Tensor of shape `(B, W, N)`.
    """
    heads = range(weights.shape[1])

    def kept(but=None):
        factors = [
            1.0 - weights[:, head, None, :] * erase[:, head, :, None]
            for head in heads
            if head != but
        ]
        return math.prod(factors)

    # A custom gradient, since a loop would save several arrays of the memory's size at each step.
    def gradient(upstream):
        weights_gradient, erase_gradient = [], []
        for head in heads:
            lost = upstream * memory * kept(but=head)
            weights_gradient.append(-products(erase[:, head : head + 1], lost))
            erase_gradient.append(-sums(weights[:, head : head + 1], lost))
        return (
            upstream * kept(),
            products(words, upstream) + ops.concatenate(weights_gradient, axis=1),
            ops.concatenate(erase_gradient, axis=1),
            sums(weights, upstream),
        )

    return memory * kept() + outer_products(weights, words), gradient
