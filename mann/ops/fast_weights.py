"""A memory of relations as fast weights: a sum of outer products, written by a delta rule.

B: batch size. T: time steps. W: word size. R: relation size. P = 3: writes of a step. K: reads.

A memory is `(B, W, W R)`: it maps an entity and a relation, bound into one key, to an entity. A
step writes three times, for two entities a and b and three relations:

```
(a, r_1)  ->  b                          what a is related to
(a, r_2)  ->  what (a, r_1) was before   what it was related to
(b, r_3)  ->  a                          and back
```

each as `M += beta (target - M k) k^T`: what the key k returns gives way to the target.
"""

import math
from typing import Any, NamedTuple

from keras import ops

from mann.ops.addressing import EPSILON
from mann.ops.products import outer_products, sums

# Writes of a step.
WRITES = 3


class Relations(NamedTuple):
    """What a step, or each of several, tells and asks; all vectors have a length of one."""

    entities: Any  # (B, [T,] 2, W): a and b
    relations: Any  # (B, [T,] P, R): of the writes
    strengths: Any  # (B, [T,] P): how much of each write takes place, in [0, 1]
    start: Any  # (B, [T,] W): the entity that a chain of reads starts from
    links: Any  # (B, [T,] K, R): the relation that each of them follows


def normalize(vectors):
    """Returns vectors scaled to a length of one; zeros stay zeros."""
    return vectors * ops.rsqrt(ops.sum(vectors * vectors, axis=-1, keepdims=True) + EPSILON)


def normalize_layer(vectors):
    """Returns vectors whose elements have a mean of zero and a mean square of one."""
    size = vectors.shape[-1]
    # Not ops.mean, which computes in float32 on JAX unless all of Keras is in float64.
    centered = vectors - ops.sum(vectors, axis=-1, keepdims=True) / size
    return normalize(centered) * size**0.5


def bind(entities, relations):
    """Returns keys: the outer products of entities and relations, flat.

    Args:
        entities: tensor of shape `(B, n, W)`.
        relations: tensor of shape `(B, n, R)`.

    Returns:
        Tensor of shape `(B, n, W R)`.
    """
    product = entities[:, :, :, None] * relations[:, :, None, :]
    return ops.reshape(product, (-1, ops.shape(product)[1], math.prod(product.shape[2:])))


def write(memory, told):
    """Returns a memory, `(B, W, W R)`, after the three writes of a step, of its `Relations`."""
    a, b = told.entities[:, 0], told.entities[:, 1]
    keys = bind(ops.stack([a, a, b], axis=1), told.relations)
    old = sums(keys, memory)
    targets = ops.stack([b, old[:, 0], a], axis=1)
    return memory + outer_products(keys, told.strengths[:, :, None] * (targets - old))


def follow(memory, asked):
    """Returns the entities that a chain of reads finds, `(B, K, W)`.

    Each read starts from what the one before it found: `n_k = LN(M (n_{k-1} / |n_{k-1}|, l_k))`.

    Args:
        memory: tensor of shape `(B, W, W R)`.
        asked: `Relations` of a step.
    """
    found, entity = [], asked.start
    for k in range(asked.links.shape[1]):
        key = bind(entity[:, None], asked.links[:, k : k + 1])
        found.append(normalize_layer(sums(key, memory)[:, 0]))
        entity = normalize(found[-1])
    return ops.stack(found, axis=1)
