"""Fast weights: what is told is found, the new takes the place of the old, and back it goes."""

import numpy as np
from keras import ops

from mann.ops.fast_weight_sequences import find_sources, follow_all, solve_writes
from mann.ops.fast_weights import Relations, follow, normalize, write

MARY, ANN, HOME, PARK = np.eye(8)[:4]
IS_IN, WAS_IN, HAS = np.eye(5)[:3]


def tell(*steps):
    """Returns the `Relations` of one sequence, each step `(a, b, start, links)`."""
    first, second, start, links = (np.stack(values) for values in zip(*steps, strict=True))
    count = len(steps)
    values = Relations(
        entities=np.stack([first, second], axis=1),
        relations=np.tile([IS_IN, WAS_IN, HAS], (count, 1, 1)),
        strengths=np.ones((count, 3)),
        start=start,
        links=links,
    )
    return Relations(*(ops.convert_to_tensor(v[None], "float32") for v in values))


def find(told):
    """Returns what the reads of each step find, as the index of an entity, and their sources."""
    memory = ops.zeros((1, 8, 8 * 5))
    writes = solve_writes(memory, told)
    found, weights = follow_all(memory, writes, told)
    sources = ops.convert_to_numpy(find_sources(writes, weights))[0]
    return ops.convert_to_numpy(found)[0].argmax(axis=-1), sources


def test_a_chain_of_relations_is_followed_to_where_it_was_told():
    told = tell(
        (MARY, HOME, MARY, [IS_IN, HAS, IS_IN]),
        (ANN, HOME, HOME, [HAS, IS_IN, HAS]),
        (MARY, PARK, MARY, [WAS_IN, HAS, IS_IN]),
    )
    found, sources = find(told)
    # Mary is at home, where she is; then Ann is there too, and home leads to her alone; then Mary
    # is in the park and was at home, which still leads to Ann.
    assert found.tolist() == [[2, 0, 2], [1, 2, 1], [2, 1, 2]]
    np.testing.assert_allclose(sources[0, :, 0], 1, atol=1e-3)
    np.testing.assert_allclose(sources[1, 0], [0.41, 0.59, 0], atol=0.01)
    np.testing.assert_allclose(sources[2, 0], [0, 0, 1], atol=1e-3)


def test_a_sequence_comes_to_the_same_as_its_steps():
    rng = np.random.default_rng(0)

    def unit(*shape):
        return normalize(ops.convert_to_tensor(rng.normal(size=shape), "float32"))

    told = Relations(
        unit(2, 7, 2, 6), unit(2, 7, 3, 4), ops.abs(unit(2, 7, 3)), unit(2, 7, 6), unit(2, 7, 2, 4)
    )
    memory = unit(2, 6, 24)
    writes = solve_writes(memory, told)
    found, _ = follow_all(memory, writes, told)
    last = writes.add_to(memory)
    for time in range(7):
        step = Relations(*(values[:, time] for values in told))
        memory = write(memory, step)
        np.testing.assert_allclose(found[:, time], follow(memory, step), atol=1e-4)
    np.testing.assert_allclose(last, memory, atol=1e-4)
