"""The drawings of an episode by their indices."""

import numpy as np
import pytest

from episodes import FewShotDataset
from episodes.index_sampler import IndexSampler


def dataset(counts=(6, 4, 5, 4, 6)):
    images = np.zeros((len(counts), 6, 2, 2), np.uint8)
    return FewShotDataset(images, [f"class{i}" for i in range(len(counts))], counts)


def test_no_drawing_is_twice_in_an_episode_and_none_is_padding():
    counts = dataset().counts
    classes, drawings, order = IndexSampler(dataset(), ways=5, per_class=4).batch(0, 50)
    assert np.all(np.sort(classes) == np.arange(5))
    assert np.all(drawings < counts[classes][:, :, None]) and drawings.max() == 5
    assert all(len(set(row)) == 4 for row in drawings.reshape(-1, 4).tolist())
    assert np.all(np.sort(order) == np.arange(20))
    assert len({tuple(row) for row in order.tolist()}) == 50


def test_an_episode_is_the_same_at_every_call():
    sampler = IndexSampler(dataset(), ways=3, per_class=2, seed=(4, 2))
    batch, other = sampler.batch(5, 3), IndexSampler(dataset(), ways=3, per_class=2, seed=5)
    for of_batch, alone, of_other in zip(batch, sampler[6], other[6], strict=True):
        np.testing.assert_array_equal(of_batch[1], alone)
        assert np.any(alone != of_other)


def test_too_few_drawings_are_refused():
    with pytest.raises(ValueError, match="per_class=5: an episode needs 5 drawings.*'class1'"):
        IndexSampler(dataset(), ways=2, per_class=5)
