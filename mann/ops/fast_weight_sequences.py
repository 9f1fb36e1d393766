"""Fast weights over whole sequences at once. B, T, W, R, P and K as in fast_weights.py.

No step's keys depend on what another step read. What the writes of all steps leave in the memory is
then the solution of one triangular system, and a read is attention to the writes before it, without
a softmax: nothing of the memory's size is computed in a step.
"""

from typing import Any, NamedTuple

from keras import ops

from mann.ops.fast_weights import WRITES, bind, normalize, normalize_layer
from mann.ops.products import outer_products, sums


class Writes(NamedTuple):
    """The writes of all steps, in order: `M_T = M_0 + sum_i w_i k_i^T`."""

    entities: Any  # (B, P T, W), of the keys
    relations: Any  # (B, P T, R), of the keys
    written: Any  # (B, P T, W): w

    def add_to(self, memory):
        """Returns the memory after the last step, of that before the first, `(B, W, W R)`."""
        return memory + outer_products(bind(self.entities, self.relations), self.written)


def solve_writes(memory, told):
    """Returns the `Writes` of all steps, which `fast_weights.write` makes one after the other.

    `w_i = beta_i (target_i - old_i)`, where `old_i = M_0 k_i + sum_j (k_j . k_i) w_j` over the
    writes j of earlier steps; the target of a step's second write is what its first one replaces.

    Args:
        memory: tensor of shape `(B, W, W R)`, before the first step.
        told: `Relations` of all steps.
    """
    steps, size = ops.shape(told.entities)[1], told.entities.shape[-1]
    count = WRITES * steps
    a, b = told.entities[:, :, 0], told.entities[:, :, 1]
    entities = ops.reshape(ops.stack([a, a, b], axis=2), (-1, count, size))
    relations = ops.reshape(told.relations, (-1, count, told.relations.shape[-1]))
    alike = _compare(entities, entities) * _compare(relations, relations)
    place = ops.arange(count)
    of_step = place // WRITES
    alike = alike * ops.cast(of_step[None, :] < of_step[:, None], alike.dtype)

    first, second, third = _split_writes(alike, steps)
    old = _split_writes(sums(bind(entities, relations), memory), steps)
    strengths = told.strengths[..., None]
    system = strengths * ops.stack([first, second - first, third], axis=2)
    known = strengths * ops.stack([b - old[0], old[0] - old[1], a - old[2]], axis=2)
    identity = ops.cast(place[None, :] == place[:, None], alike.dtype)
    system = ops.reshape(system, (-1, count, count)) + identity
    known = ops.reshape(known, (-1, count, size))
    return Writes(entities, relations, ops.solve_triangular(system, known, lower=True))


def follow_all(memory, writes, asked):
    """Returns what `fast_weights.follow` finds after the writes of each step, and where.

    Args:
        memory: tensor of shape `(B, W, W R)`, before the first step.
        writes: `Writes` of all steps.
        asked: `Relations` of all steps.

    Returns:
        Tuple of tensors: the entities found, `(B, T, K, W)`, and the weight of each write in each
        read, `(B, T, K, P T)`, of any sign.
    """
    found, weights, entity = [], [], asked.start
    for k in range(asked.links.shape[2]):
        relation = asked.links[:, :, k]
        weights.append(attend(writes, entity, relation))
        before = sums(bind(entity, relation), memory)
        found.append(normalize_layer(before + weights[-1] @ writes.written))
        entity = normalize(found[-1])
    return ops.stack(found, axis=2), ops.stack(weights, axis=2)


def find_sources(writes, weights):
    """Returns the share of each step's writes in what each read found, `(B, T, K, T)`.

    A write counts by its length and by the size of its weight. Before the first step there is
    nothing in the memory.

    Args:
        writes: `Writes` of all steps.
        weights: tensor `(B, T, K, P T)`, as `follow_all` returns it.
    """
    lengths = ops.sqrt(ops.sum(ops.square(writes.written), axis=-1))
    shares = ops.abs(weights) * lengths[:, None, None]
    shares = ops.sum(ops.reshape(shares, (*ops.shape(shares)[:3], -1, WRITES)), axis=-1)
    return shares / (ops.sum(shares, axis=-1, keepdims=True) + 1e-6)


def attend(writes, entities, relations):
    """Returns the weight of each write in the read of each step, `(B, T, P T)`.

    Args:
        writes: `Writes` of all steps.
        entities: tensor of shape `(B, T, W)`, of the keys of the reads.
        relations: tensor of shape `(B, T, R)`, likewise.
    """
    alike = _compare(entities, writes.entities) * _compare(relations, writes.relations)
    steps = ops.shape(entities)[1]
    of_step = ops.arange(WRITES * steps) // WRITES
    return alike * ops.cast(of_step[None, :] <= ops.arange(steps)[:, None], alike.dtype)


def _split_writes(values, steps):
    """Returns a list of the values of the first, second and third writes, each `(B, T, ...)`."""
    by_step = ops.reshape(values, (-1, steps, WRITES, *ops.shape(values)[2:]))
    return [by_step[:, :, i] for i in range(WRITES)]


def _compare(left, right):
    return ops.einsum("bmw,bnw->bmn", left, right)
