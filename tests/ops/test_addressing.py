import numpy as np
from keras import ops

from mann.ops import addressing


def test_cosine_similarity():
    rng = np.random.default_rng(0)
    keys, memory = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    got = addressing.cosine_similarity(ops.convert_to_tensor(keys), ops.convert_to_tensor(memory))
    for b, r, n in np.ndindex(2, 3, 5):
        want = keys[b, r] @ memory[b, n] / np.linalg.norm(keys[b, r]) / np.linalg.norm(memory[b, n])
        np.testing.assert_allclose(got[b, r, n], want, atol=1e-5)


def test_an_empty_memory_is_like_nothing():
    got = addressing.cosine_similarity(ops.ones((1, 2, 4)), ops.zeros((1, 5, 4)))
    np.testing.assert_array_equal(got, np.zeros((1, 2, 5)))


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
