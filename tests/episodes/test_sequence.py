"""Tests of SequenceSampler's episodes: their content, their randomness and wrong arguments."""

import numpy as np
import pytest
from batches import assert_close_to_chance, assert_equal_batches, labels_shown

from episodes.augmentation import Augmentation
from episodes.dataset import FewShotDataset
from episodes.sequence import SequenceSampler


def test_shapes_and_types(coded):
    sampler = SequenceSampler(coded.dataset(), ways=3, instances=4)
    inputs, targets, instances = sampler.batch(0, 2)
    assert (sampler.num_steps, sampler.num_features) == (12, 28)
    assert inputs.shape == (2, 12, 28) and inputs.dtype == np.float32
    assert targets.shape == instances.shape == (2, 12)
    assert targets.dtype == instances.dtype == np.int32
    assert sampler[0].inputs.shape == (12, 28)


def test_images_are_those_of_the_dataset(coded):
    dataset = coded.dataset()
    inputs = SequenceSampler(dataset).batch(0, 4).inputs
    code = coded.read(inputs)
    expected = dataset.images[code.classes, code.drawings].reshape(4, 50, 25) / np.float32(255)
    np.testing.assert_array_equal(inputs[:, :, :25], expected)
    assert inputs.max() == 1


def test_episode_is_balanced_and_repeats_no_drawing(coded):
    sampler = SequenceSampler(coded.dataset(), ways=4, instances=12)
    inputs, targets, instances = sampler.batch(0, 50)
    code = coded.read(inputs)
    for row in range(50):
        for label in range(4):
            steps = targets[row] == label
            assert len(set(code.classes[row, steps])) == 1
            assert sorted(code.drawings[row, steps]) == list(range(12))
            assert instances[row, steps].tolist() == list(range(1, 13))
        assert len(set(code.classes[row])) == 4


def test_previous_label_is_shown_and_none_at_first(coded):
    sampler = SequenceSampler(coded.dataset())
    batch = sampler.batch(0, 30)
    shown = labels_shown(sampler, batch.inputs)
    assert not shown[:, 0].any()
    np.testing.assert_array_equal(shown[:, 1:], np.eye(5)[batch.targets[:, :-1]])


def test_classes_are_sampled_uniformly(coded):
    code = coded.read(SequenceSampler(coded.dataset(num_classes=20)).batch(0, 2000).inputs)
    for index in range(20):
        assert_close_to_chance((code.classes == index).any(axis=1), 5 / 20)


def test_first_drawing_of_a_class_is_uniform(coded):
    batch = SequenceSampler(coded.dataset(), ways=1, instances=4).batch(0, 2000)
    drawings = coded.read(batch.inputs).drawings
    for index in range(12):
        assert_close_to_chance(drawings[:, 0] == index, 1 / 12)


def test_sequences_of_a_batch_have_their_own_classes(coded):
    code = coded.read(SequenceSampler(coded.dataset()).batch(0, 100).inputs)
    assert len({tuple(sorted(set(row))) for row in code.classes.tolist()}) > 90


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_episode_is_the_same_in_any_batch(coded, augmentation):
    def sampler():
        return SequenceSampler(coded.dataset(), seed=3, augmentation=augmentation)

    whole = sampler().batch(0, 16)
    parts = [sampler().batch(first, size) for first, size in [(0, 3), (3, 12), (15, 1)]]
    assert_equal_batches(whole, [np.concatenate(arrays) for arrays in zip(*parts, strict=True)])
    assert_equal_batches(sampler()[7], [array[7] for array in whole])


def test_episodes_are_those_of_earlier_versions():
    images = np.arange(6 * 2, dtype=np.uint8).reshape(6, 2, 1, 1)
    sampler = SequenceSampler(FewShotDataset(images, "abcdef"), ways=3, instances=2)
    inputs, targets, _ = sampler[1000]
    assert targets.tolist() == [0, 0, 2, 1, 1, 2]
    assert np.round(inputs[:, 0] * 255).astype(int).tolist() == [2, 3, 1, 9, 8, 0]


@pytest.mark.parametrize("other", [1, (0, 1), (0, 0)])
def test_seeds_differ(coded, other):
    targets = SequenceSampler(coded.dataset(), seed=0).batch(0, 2).targets
    others = SequenceSampler(coded.dataset(), seed=other).batch(0, 2).targets
    assert (targets != others).any(axis=1).all()


def test_splits_with_the_same_seed_differ(coded):
    dataset = coded.dataset()
    train = SequenceSampler(dataset.select(range(20))).batch(0, 2)
    test = SequenceSampler(dataset.select(range(20, 40))).batch(0, 2)
    assert (train.targets != test.targets).any(axis=1).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"ways": 41}, "`ways` must be at most 40"),
        (
            {"instances": 13},
            "`instances` is 13: an episode needs 13 drawings.*'class0', which has 12",
        ),
        ({"labels": "words"}, "`labels` must be one of .*'one_hot', 'string'"),
        ({"num_labels": 4}, "`ways` must be at most 4, the number of different labels"),
        ({"num_labels": 7.5}, "`num_labels` must be an integer of 1 or more"),
        ({"shots_first": 1.5}, "`shots_first` must be a number from 0 to 1"),
        ({"shots_first": "all"}, "`shots_first` must be a number from 0 to 1"),
        ({"consecutive": 0}, "`consecutive` must be an integer of 1 or more"),
        ({"ways": 0}, "`ways` must be an integer of 1 or more"),
        ({"ways": 5.0}, "`ways` must be an integer of 1 or more"),
        ({"instances": True}, "`instances` must be an integer of 1 or more"),
    ],
)
def test_wrong_arguments(coded, arguments, message):
    with pytest.raises(ValueError, match=message):
        SequenceSampler(coded.dataset(), **arguments)
