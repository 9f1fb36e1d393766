import numpy as np
import pytest

from episodes.augmentation import Augmentation, shift_and_rotate


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 7, 7), dtype=np.uint8)


def move_one(image, angle, shift):
    """Moves one image pixel by pixel, in float64: rotate about the centre, then shift."""
    height, width = image.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    moved = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            y, x = np.array([row, column]) - shift - middle
            source = middle + [
                np.cos(angle) * y + np.sin(angle) * x,
                np.cos(angle) * x - np.sin(angle) * y,
            ]
            for i in range(height):
                for j in range(width):
                    weight_y = max(0, 1 - abs(source[0] - i))
                    weight_x = max(0, 1 - abs(source[1] - j))
                    moved[row, column] += weight_y * weight_x * image[i, j]
    return moved


@pytest.mark.parametrize("shape", [(7, 7), (5, 8)])
def test_matches_a_loop_over_pixels(shape):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, *shape), dtype=np.uint8)
    angles = rng.uniform(-4, 4, 5)
    shifts = rng.uniform(-3, 3, (5, 2))
    moved = shift_and_rotate(images, angles, shifts)
    expected = [move_one(*arguments) for arguments in zip(images, angles, shifts, strict=True)]
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, expected, atol=2e-3)


def test_nothing_moves(images):
    np.testing.assert_array_equal(shift_and_rotate(images, np.zeros(6), np.zeros((6, 2))), images)


def test_quarter_turn_is_that_of_numpy(images):
    moved = shift_and_rotate(images, np.full(6, np.pi / 2), np.zeros((6, 2)))
    np.testing.assert_allclose(moved, np.rot90(images, axes=(1, 2)), atol=1e-3)


def test_shift_goes_down_and_right_and_brings_in_paper(images):
    moved = shift_and_rotate(images, np.zeros(6), np.full((6, 2), [2, -1]))
    np.testing.assert_array_equal(moved[:, 2:, :-1], images[:, :-2, 1:])
    assert not moved[:, :2].any() and not moved[:, :, -1].any()


@pytest.mark.parametrize("shift", [[100, 0], [-100, 0], [0, 100], [0, -100]])
def test_everything_leaves_the_frame(images, shift):
    # Images of full ink, so that reading a neighbouring image would show.
    ink = np.full_like(images, 255)
    assert not shift_and_rotate(ink, np.ones(6), np.full((6, 2), shift)).any()


def test_images_are_moved_one_by_one_whatever_their_number():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (150, 20, 20), dtype=np.uint8)
    angles, shifts = rng.uniform(-1, 1, 150), rng.uniform(-2, 2, (150, 2))
    moved = shift_and_rotate(images, angles, shifts)
    for i in (0, 61, 62, 63, 149):
        alone = shift_and_rotate(images[[i]], angles[[i]], shifts[[i]])
        np.testing.assert_array_equal(moved[i], alone[0])


def test_images_are_left_as_they_were(images):
    floats = images.astype(np.float32)
    moved = shift_and_rotate(floats, np.ones(6), np.ones((6, 2)))
    np.testing.assert_array_equal(floats, images)
    np.testing.assert_array_equal(moved, shift_and_rotate(images, np.ones(6), np.ones((6, 2))))


def test_warp_turns_noise_into_degrees_and_fractions_of_the_side():
    images = np.random.default_rng(0).integers(0, 256, (3, 10, 20), dtype=np.uint8)
    noise = np.array([[1, 0, 0], [0, 1, 0], [-0.5, 0.25, -1]])
    warped = Augmentation(max_rotation=30, max_shift=0.1).warp(images, noise)
    angles = np.deg2rad([30, 0, -15])
    shifts = np.array([[0, 0], [1, 0], [0.25, -2]])
    np.testing.assert_allclose(warped, shift_and_rotate(images, angles, shifts), atol=1e-3)


def test_defaults_are_those_of_the_paper():
    augmentation = Augmentation()
    assert np.deg2rad(augmentation.max_rotation) == pytest.approx(np.pi / 16)
    assert augmentation.max_shift * 105 == pytest.approx(10)


@pytest.mark.parametrize("name", ["max_rotation", "max_shift"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "1", None, True])
def test_wrong_arguments(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be a number .* Received: {value!r}"):
        Augmentation(**{name: value})


def test_a_shift_in_pixels_is_refused():
    with pytest.raises(ValueError, match="`max_shift` must be a number from 0 to 1. Received: 10"):
        Augmentation(max_shift=10)


@pytest.mark.parametrize("shift", [[2, 0], [-2, 0], [0, 2], [0, -2]])
def test_a_photograph_goes_on_past_its_edge(images, shift):
    moved = Augmentation(0, 2 / 7, fill="edge").warp(images, np.array([[0, *shift]] * 6) / 2)
    rows, columns = (np.arange(7) - step for step in shift)
    expected = images[:, rows.clip(0, 6)][:, :, columns.clip(0, 6)]
    np.testing.assert_allclose(moved, expected, atol=1e-3)


def test_only_known_fills_are_taken():
    with pytest.raises(ValueError, match="`fill` must be paper or edge. Received: 'white'"):
        Augmentation(fill="white")
