import numpy as np
import pytest

from episodes.augmentation import Augmentation
from episodes.warping import CONTROLS, change_stroke_width, warp_images


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
    moved = warp_images(images, angles, shifts)
    expected = [move_one(*arguments) for arguments in zip(images, angles, shifts, strict=True)]
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, expected, atol=2e-3)


def test_nothing_moves(images):
    np.testing.assert_array_equal(warp_images(images, np.zeros(6), np.zeros((6, 2))), images)


def test_quarter_turn_is_that_of_numpy(images):
    moved = warp_images(images, np.full(6, np.pi / 2), np.zeros((6, 2)))
    np.testing.assert_allclose(moved, np.rot90(images, axes=(1, 2)), atol=1e-3)


def test_shift_goes_down_and_right_and_brings_in_paper(images):
    moved = warp_images(images, np.zeros(6), np.full((6, 2), [2, -1]))
    np.testing.assert_array_equal(moved[:, 2:, :-1], images[:, :-2, 1:])
    assert not moved[:, :2].any() and not moved[:, :, -1].any()


@pytest.mark.parametrize("shift", [[100, 0], [-100, 0], [0, 100], [0, -100]])
def test_everything_leaves_the_frame(images, shift):
    # Images of full ink, so that reading a neighbouring image would show.
    ink = np.full_like(images, 255)
    assert not warp_images(ink, np.ones(6), np.full((6, 2), shift)).any()


def test_images_are_moved_one_by_one_whatever_their_number():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (150, 20, 20), dtype=np.uint8)
    angles, shifts = rng.uniform(-1, 1, 150), rng.uniform(-2, 2, (150, 2))
    moved = warp_images(images, angles, shifts)
    for i in (0, 61, 62, 63, 149):
        alone = warp_images(images[[i]], angles[[i]], shifts[[i]])
        np.testing.assert_array_equal(moved[i], alone[0])


def test_images_are_left_as_they_were(images):
    floats = images.astype(np.float32)
    moved = warp_images(floats, np.ones(6), np.ones((6, 2)))
    np.testing.assert_array_equal(floats, images)
    np.testing.assert_array_equal(moved, warp_images(images, np.ones(6), np.ones((6, 2))))


def test_warp_turns_noise_into_degrees_and_fractions_of_the_side():
    images = np.random.default_rng(0).integers(0, 256, (3, 10, 20), dtype=np.uint8)
    noise = np.array([[1, 0, 0], [0, 1, 0], [-0.5, 0.25, -1]])
    warped = Augmentation(max_rotation=30, max_shift=0.1).warp(images, noise)
    angles = np.deg2rad([30, 0, -15])
    shifts = np.array([[0, 0], [1, 0], [0.25, -2]])
    np.testing.assert_allclose(warped, warp_images(images, angles, shifts), atol=1e-3)


def test_defaults_are_those_of_the_paper():
    augmentation = Augmentation()
    assert np.deg2rad(augmentation.max_rotation) == pytest.approx(np.pi / 16)
    assert augmentation.max_shift * 105 == pytest.approx(10)


@pytest.mark.parametrize("name", ["max_rotation", "max_shift", "max_distortion", "max_thickening"])
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


def bend_one(image, bends):
    """Bends one image pixel by pixel, in float64: a point pulls as a Gaussian of its distance."""
    height, width = image.shape
    bent = np.zeros(image.shape)
    for row in range(height):
        for column in range(width):
            place = np.array([row / (height - 1), column / (width - 1)]) * (CONTROLS - 1)
            pulls = np.array(
                [
                    [np.exp(-(((place - [i, j]) / 0.6) ** 2).sum() / 2) for j in range(CONTROLS)]
                    for i in range(CONTROLS)
                ]
            )
            move = (bends * pulls).sum(axis=(1, 2)) / pulls.sum()
            source = (np.array([row, column]) + move).clip(-1, [height, width])
            for i in range(height):
                for j in range(width):
                    weight_y = max(0, 1 - abs(source[0] - i))
                    weight_x = max(0, 1 - abs(source[1] - j))
                    bent[row, column] += weight_y * weight_x * image[i, j]
    return bent


def test_distortion_matches_a_loop_over_pixels():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 5, 8), dtype=np.uint8)
    bends = rng.uniform(-2, 2, (3, 2, CONTROLS, CONTROLS))
    bent = warp_images(images, np.zeros(3), np.zeros((3, 2)), bends)
    expected = [bend_one(*arguments) for arguments in zip(images, bends, strict=True)]
    np.testing.assert_allclose(bent, expected, atol=2e-3)


def test_points_that_move_alike_move_the_image(images):
    bends = np.broadcast_to(np.array([1, -2])[:, None, None], (6, 2, CONTROLS, CONTROLS))
    bent = warp_images(images, np.zeros(6), np.zeros((6, 2)), bends)
    shifted = warp_images(images, np.zeros(6), np.full((6, 2), [-1, 2]))
    np.testing.assert_allclose(bent, shifted, atol=1e-3)


def widen_one(image, amount):
    """Widens the strokes of one image pixel by pixel, in float64."""
    widened = np.zeros(image.shape)
    for row, column in np.ndindex(image.shape):
        near = [(row, column), (row - 1, column), (row + 1, column)]
        near += [(row, column - 1), (row, column + 1)]
        inside = [
            image[i, j] for i, j in near if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]
        ]
        reached = float(max(inside) if amount > 0 else min(inside))
        widened[row, column] = image[row, column] + abs(amount) * (reached - image[row, column])
    return widened


def test_stroke_width_matches_a_loop_over_pixels(images):
    amounts = np.array([0.0, 0.3, -0.3, 1.0, -1.0, 0.5])
    changed = change_stroke_width(images, amounts)
    expected = [widen_one(*arguments) for arguments in zip(images, amounts, strict=True)]
    assert changed.dtype == np.float32
    np.testing.assert_allclose(changed, expected, atol=1e-3)


def test_warp_turns_noise_into_distortion_and_thickening(images):
    augmentation = Augmentation(0, 0, max_distortion=0.2, max_thickening=0.5)
    noise = np.random.default_rng(1).uniform(-1, 1, (6, augmentation.noise_size))
    bends = 0.2 * 7 * noise[:, 3:-1].reshape(6, 2, CONTROLS, CONTROLS)
    wider = change_stroke_width(images, 0.5 * noise[:, -1])
    expected = warp_images(wider, np.zeros(6), np.zeros((6, 2)), bends)
    np.testing.assert_allclose(augmentation.warp(images, noise), expected, atol=1e-3)
    colour = np.stack([images, images // 2], axis=-1)
    np.testing.assert_allclose(augmentation.warp(colour, noise)[..., 0], expected, atol=1e-3)


@pytest.mark.parametrize(("distortion", "thickening", "size"), [(0, 0, 3), (0, 1, 4), (1, 0, 35)])
def test_no_more_noise_than_the_changes_need(distortion, thickening, size):
    # Training of older configs must go on with the same random numbers.
    assert Augmentation(max_distortion=distortion, max_thickening=thickening).noise_size == size
