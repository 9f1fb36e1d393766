"""Tests of episodes/omniglot_tfds.py: drawings reduced by area and grouped by class."""

import numpy as np
import pytest

from episodes.omniglot_tfds import average_area, group_by_class


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_area_average_is_the_block_mean_at_whole_factors(rng):
    images = rng.integers(0, 256, (3, 105, 105), np.uint8)
    blocks = images.reshape(3, 21, 5, 21, 5).mean((2, 4))
    np.testing.assert_array_equal(average_area(images, 21), np.rint(blocks))
    np.testing.assert_array_equal(average_area(images, 105), images)


def test_area_average_shares_a_pixel_that_lies_on_an_edge():
    image = np.zeros((1, 3, 3), np.uint8)
    image[0, 1, 2] = 225
    # The pixel is half in each row, and wholly in the right column: 225 * (1/2) / (9/4).
    np.testing.assert_array_equal(average_area(image, 2)[0], [[0, 50], [0, 50]])


@pytest.mark.parametrize("size", [20, 28, 32])
def test_area_average_preserves_the_mean_ink(rng, size):
    images = rng.integers(0, 256, (4, 105, 105), np.uint8)
    small = average_area(images, size)
    assert small.shape == (4, size, size) and small.dtype == np.uint8
    # Each pixel is rounded by less than one half, up as often as down.
    np.testing.assert_allclose(small.mean((1, 2)), images.mean((1, 2)), atol=0.1)
    assert (average_area(np.full((1, 105, 105), 255, np.uint8), size) == 255).all()


def test_area_average_keeps_images_upright():
    corner = np.zeros((1, 105, 105), np.uint8)
    corner[0, :20, :50] = 255
    small = average_area(corner, 20)[0]
    assert small[0, 8] == 255 and small[8, 0] == 0 and small[0, 19] == 0


def test_groups_are_the_same_whatever_the_order_of_the_drawings(rng):
    names = np.repeat([f"class{i}" for i in range(8)], 5)
    keys = rng.permutation(40)
    images = np.arange(40, dtype=np.uint8)[:, None, None] + np.zeros((1, 2, 3), np.uint8)
    expected_names, expected = group_by_class(names.tolist(), keys.tolist(), images)
    assert expected_names == [f"class{i}" for i in range(8)]
    assert expected.shape == (8, 5, 2, 3)
    np.testing.assert_array_equal(expected[:, :, 0, 0] // 5, np.arange(8)[:, None] + [0] * 5)
    assert (np.diff(keys[expected[:, :, 0, 0]]) > 0).all()
    order = rng.permutation(40)
    found_names, found = group_by_class(names[order].tolist(), keys[order].tolist(), images[order])
    assert found_names == expected_names
    np.testing.assert_array_equal(found, expected)
