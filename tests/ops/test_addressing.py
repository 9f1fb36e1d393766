import numpy as np
from keras import ops

from mann.ops import addressing


def test_content_weights_follow_the_cosine():
    rng = np.random.default_rng(0)
    keys, memory = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    strengths = rng.uniform(0, 5, size=(2, 3))
    got = addressing.content_weights(*map(ops.convert_to_tensor, (keys, memory, strengths)))
    for b, r in np.ndindex(2, 3):
        norms = np.linalg.norm(memory[b], axis=1) * np.linalg.norm(keys[b, r])
        want = np.exp(strengths[b, r] * (memory[b] @ keys[b, r]) / norms)
        np.testing.assert_allclose(got[b, r], want / want.sum(), atol=1e-5)


def test_an_empty_memory_is_alike_everywhere():
    got = addressing.content_weights(ops.ones((1, 2, 4)), ops.zeros((1, 5, 4)))
    np.testing.assert_allclose(got, np.full((1, 2, 5), 0.2), rtol=1e-6)


def test_strength_sharpens():
    keys = ops.convert_to_tensor([[[1.0, 0.0]]])
    memory = ops.convert_to_tensor([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    for strength in (1.0, 5.0, 50.0):
        got = addressing.content_weights(keys, memory, ops.full((1, 1), strength))
        want = np.exp(strength * np.array([1, 0, -1]))
        np.testing.assert_allclose(got[0, 0], want / want.sum(), rtol=1e-4, atol=1e-6)


def test_least_used_slots_lowest_first_and_ties_to_the_lowest_index():
    usage = ops.convert_to_tensor([[1.0, 0.0, 0.5, 0.0], [0.3, 0.2, 0.1, 0.0]])
    got = ops.convert_to_numpy(addressing.least_used_slots(usage, 3)).argmax(-1)
    np.testing.assert_array_equal(got, [[1, 3, 2], [3, 2, 1]])
