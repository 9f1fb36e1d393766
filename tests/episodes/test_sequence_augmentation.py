"""Tests of SequenceSampler's rotations of classes, and of its augmentation of images."""

import numpy as np
import pytest
from batches import assert_close_to_chance

from episodes.augmentation import Augmentation
from episodes.dataset import FewShotDataset
from episodes.sequence import SequenceSampler


def test_one_rotation_per_class(coded):
    batch = SequenceSampler(coded.dataset(), rotations=True).batch(0, 1000)
    code = coded.read(batch.inputs)
    first = [(batch.targets == label).argmax(axis=1) for label in range(5)]
    rotations = np.stack([code.rotations[np.arange(1000), step] for step in first], axis=1)
    # Every drawing of a class is turned as its first one is.
    shared = np.take_along_axis(rotations, batch.targets, axis=1)
    np.testing.assert_array_equal(code.rotations, shared)
    for turns in range(4):
        assert_close_to_chance(rotations == turns, 1 / 4)
    for label in range(4):
        assert_close_to_chance(rotations[:, label] == rotations[:, label + 1], 1 / 4)


def test_rotation_of_a_class_is_sampled_in_each_episode(coded):
    sampler = SequenceSampler(coded.dataset(num_classes=1), ways=1, rotations=True)
    rotations = coded.read(sampler.batch(0, 2000).inputs).rotations[:, 0]
    assert_close_to_chance(rotations[1:] == rotations[:-1], 1 / 4)


def test_rotations_change_nothing_else(coded):
    dataset = coded.dataset()
    turned = SequenceSampler(dataset, rotations=True).batch(0, 20)
    upright = SequenceSampler(dataset).batch(0, 20)
    np.testing.assert_array_equal(turned.targets, upright.targets)
    for field in ("classes", "drawings"):
        np.testing.assert_array_equal(
            getattr(coded.read(turned.inputs), field), getattr(coded.read(upright.inputs), field)
        )


def test_augmentation_moves_the_images_and_nothing_else(coded):
    dataset = coded.dataset()
    plain = SequenceSampler(dataset).batch(0, 8)
    moved = SequenceSampler(dataset, augmentation=Augmentation()).batch(0, 8)
    np.testing.assert_array_equal(moved.targets, plain.targets)
    np.testing.assert_array_equal(moved.instances, plain.instances)
    np.testing.assert_array_equal(moved.inputs[:, :, 25:], plain.inputs[:, :, 25:])
    assert (moved.inputs[:, :, :25] != plain.inputs[:, :, :25]).any(axis=2).all()
    assert moved.inputs.max() <= 1


def test_augmentation_of_nothing_keeps_the_images(coded):
    dataset = coded.dataset()
    plain = SequenceSampler(dataset).batch(0, 8)
    still = SequenceSampler(dataset, augmentation=Augmentation(0, 0)).batch(0, 8)
    np.testing.assert_allclose(still.inputs, plain.inputs, atol=1e-6)


def test_augmentation_is_sampled_for_each_image_over_its_whole_range():
    # One dot, alike in every image: where it lands tells the shift.
    images = np.zeros((2, 10, 21, 21), np.uint8)
    images[:, :, 10, 10] = 255
    sampler = SequenceSampler(
        FewShotDataset(images, "ab"), ways=2, augmentation=Augmentation(0, 3 / 21)
    )
    dots = sampler.batch(0, 50).inputs[:, :, : 21 * 21].reshape(1000, 21, 21)
    shifts = np.stack([dots.sum(axis=2) @ np.arange(21), dots.sum(axis=1) @ np.arange(21)]) - 10
    assert len(np.unique(shifts.round(4), axis=1).T) > 990
    for shift in shifts:
        assert 2.9 < shift.max() <= 3 and -3 <= shift.min() < -2.9
        assert abs(shift.mean()) < 4 * np.sqrt(3 / 1000)
        np.testing.assert_allclose(shift.var(), 3, rtol=0.1)
    assert abs(np.corrcoef(shifts)[0, 1]) < 0.12


def test_augmentation_does_not_reveal_the_class():
    # The size of these episodes gives the noise as many random words as the classes and drawings:
    # taken from the same words, the shift of the first image would tell which class was drawn.
    images = np.zeros((2, 17, 21, 21), np.uint8)
    images[:, :, 10, 10] = [[100], [200]]
    sampler = SequenceSampler(
        FewShotDataset(images, "ab"), ways=1, augmentation=Augmentation(0, 3 / 21)
    )
    dots = sampler.batch(0, 1000).inputs[:, 0, : 21 * 21].reshape(1000, 21, 21)
    ink = dots.sum(axis=(1, 2))
    for axis in (1, 2):
        shifts = dots.sum(axis=3 - axis) @ np.arange(21) / ink - 10
        assert abs(np.corrcoef(shifts, ink)[0, 1]) < 4 / np.sqrt(1000)


def test_rotations_need_square_images():
    dataset = FewShotDataset(np.zeros((5, 10, 4, 6), np.uint8), "abcde")
    with pytest.raises(ValueError, match="square images.*4 x 6"):
        SequenceSampler(dataset, rotations=True)
    assert SequenceSampler(dataset)[0].inputs.shape == (50, 29)
