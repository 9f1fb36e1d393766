"""Tests of SequenceSampler's labels, ways, consecutive episodes, padding and shots first."""

import numpy as np
import pytest
from batches import assert_close_to_chance, assert_equal_batches

from episodes.augmentation import Augmentation
from episodes.dataset import FewShotDataset
from episodes.sequence import SequenceSampler


def test_strings_are_different_and_shown_a_step_late(coded):
    sampler = SequenceSampler(coded.dataset(), ways=15, instances=3, labels="string")
    inputs, targets, _ = sampler.batch(0, 100)
    assert (sampler.label_shape, sampler.num_features) == ((5, 5), 50)
    assert inputs.shape == (100, 45, 50) and targets.shape == (100, 45, 5)
    shown = inputs[:, :, 25:].reshape(100, 45, 5, 5)
    assert not shown[:, 0].any() and (shown[:, 1:].sum(-1) == 1).all()
    np.testing.assert_array_equal(shown[:, 1:].argmax(-1), targets[:, :-1])
    classes = coded.read(inputs).classes
    for row in range(100):
        strings = {}
        for of_class, string in zip(classes[row], map(tuple, targets[row]), strict=True):
            assert strings.setdefault(of_class, string) == string
        assert len(set(strings.values())) == len(strings) == 15
    for letter in range(5):
        assert_close_to_chance(targets[:, :, 0][:, :1] == letter, 1 / 5)
        assert_close_to_chance(targets[:, :, 4][:, :1] == letter, 1 / 5)


def test_all_strings_of_five_letters_are_used(coded):
    sampler = SequenceSampler(coded.dataset(), ways=40, instances=1, labels="string")
    targets = sampler.batch(0, 1000).targets.reshape(-1, 5)
    assert len({tuple(string) for string in targets}) == 5**5


def test_labels_wider_than_the_episode(coded):
    narrow = SequenceSampler(coded.dataset(), ways=3, instances=2).batch(0, 4)
    wide = SequenceSampler(coded.dataset(), ways=3, instances=2, num_labels=7).batch(0, 4)
    np.testing.assert_array_equal(wide.inputs[:, :, :28], narrow.inputs)
    assert wide.inputs.shape[2] == 32 and not wide.inputs[:, :, 28:].any()
    np.testing.assert_array_equal(wide.targets, narrow.targets)


def test_consecutive_episodes_follow_each_other(coded):
    single = SequenceSampler(coded.dataset(), ways=3, instances=2).batch(6, 6)
    triple = SequenceSampler(coded.dataset(), ways=3, instances=2, consecutive=3)
    assert triple.num_steps == 18
    for part, expected in zip(triple.batch(2, 2), single, strict=True):
        np.testing.assert_array_equal(part.reshape(expected.shape), expected)


def test_with_ways_is_a_sampler_of_so_many_ways(coded):
    arguments = {"instances": 2, "seed": 3, "num_labels": 9, "augmentation": Augmentation()}
    sampler = SequenceSampler(coded.dataset(), ways=4, **arguments)
    other = SequenceSampler(coded.dataset(), ways=9, **arguments)
    assert_equal_batches(sampler.with_ways(9).batch(5, 3), other.batch(5, 3))
    assert sampler.num_steps == 8
    with pytest.raises(ValueError, match="`ways` must be at most 9"):
        sampler.with_ways(10)


def test_padding_is_never_sampled(coded):
    dataset = coded.dataset(num_classes=6)
    counts = [3, 4, 5, 6, 7, 12]
    dataset = FewShotDataset(dataset.images, dataset.class_names, counts)
    code = coded.read(SequenceSampler(dataset, ways=6, instances=3).batch(0, 300).inputs)
    for index, count in enumerate(counts):
        assert set(code.drawings[code.classes == index]) == set(range(count))
    with pytest.raises(ValueError, match="fewer of 2 classes of `dataset`, such as 'class0'"):
        SequenceSampler(dataset, ways=6, instances=5)


def test_shots_first_shows_each_class_equally_often_before_the_rest(coded):
    def block(targets):
        """The largest K up to 5 such that the first 4 K steps hold K drawings of each class."""
        counts = [np.bincount(targets[: 4 * k], minlength=4) for k in range(1, 6)]
        return max((k for k, count in enumerate(counts, 1) if (count == k).all()), default=0)

    arguments = {"ways": 4, "instances": 8}
    plain = SequenceSampler(coded.dataset(), **arguments).batch(0, 2000).targets
    mixed = SequenceSampler(coded.dataset(), **arguments, shots_first=0.25).batch(0, 2000).targets
    changed = (plain != mixed).any(axis=1)
    assert_close_to_chance(changed, 1 / 4)
    blocks = np.array([block(row) for row in mixed[changed]])
    for shots in range(1, 6):
        assert 60 < np.sum(blocks == shots) < 140
    # Positions within the block tell nothing of the label.
    for label in range(4):
        assert_close_to_chance(mixed[:, 0] == label, 1 / 4)
    whole = SequenceSampler(coded.dataset(), **arguments, shots_first=1.0).batch(0, 200).targets
    assert all(block(row) for row in whole)
