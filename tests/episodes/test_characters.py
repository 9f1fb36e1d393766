import numpy as np
import pytest

from episodes.characters import generate_characters


@pytest.fixture(scope="module")
def characters():
    return generate_characters(100)


def nearest_prototype_accuracy(images):
    """The prototype of a class is the mean of its drawings but the last five, which are queries."""
    features = images.reshape(*images.shape[:2], -1).astype("float32")
    prototypes = features[:, :-5].mean(1)
    prototypes /= np.linalg.norm(prototypes, axis=-1, keepdims=True)
    return ((features[:, -5:] @ prototypes.T).argmax(-1) == np.arange(len(images))[:, None]).mean()


def test_images_and_names(characters):
    assert characters.images.shape == (100, 20, 20, 20)
    assert characters.images.dtype == np.uint8
    assert characters.class_names[:2] == ("seed0/class0000", "seed0/class0001")
    assert generate_characters(1, seed=7).class_names == ("seed7/class0000",)


def test_same_arguments_same_characters(characters):
    np.testing.assert_array_equal(generate_characters(100).images, characters.images)


def test_fewer_classes_and_drawings_are_a_prefix(characters):
    few = generate_characters(6, num_drawings=3)
    np.testing.assert_array_equal(few.images, characters.images[:6, :3])
    assert few.class_names == characters.class_names[:6]


def test_another_seed_invents_other_characters(characters):
    # The seed and the index of a class must not add up: seed 1 is no shift of seed 0.
    other = generate_characters(10, seed=1)
    both = np.concatenate([other.images, characters.images])
    assert len(np.unique(both.reshape(len(both), -1), axis=0)) == len(both)
    assert nearest_prototype_accuracy(both) > 0.65


def test_classes_are_recognisable(characters):
    assert nearest_prototype_accuracy(characters.images) > 0.65  # Chance is 0.01.


def test_no_two_classes_look_alike(characters):
    prototypes = characters.images.mean(1).reshape(100, -1)
    distances = np.linalg.norm(prototypes[:, None] - prototypes, axis=-1)
    nearest = (distances + np.diag([np.inf] * 100)).min(1)
    within = characters.images.std(1).reshape(100, -1)
    assert (nearest / np.linalg.norm(within, axis=-1)).min() > 0.35


def test_drawings_of_a_class_differ(characters):
    features = characters.images.reshape(100, 20, -1).astype("float32")
    features /= np.linalg.norm(features, axis=-1, keepdims=True)
    similarity = features @ features.swapaxes(1, 2) - 2 * np.eye(20, dtype="float32")
    assert similarity.max() < 0.99
    assert np.median(similarity) < 0.7


@pytest.mark.parametrize("image_size", [20, 28])
def test_every_image_holds_a_whole_character(image_size):
    images = generate_characters(100, image_size=image_size).images
    assert images.shape[2:] == (image_size, image_size)
    border = np.ones((image_size, image_size), bool)
    border[1:-1, 1:-1] = False
    assert images[..., border].max() < 16
    assert images.max((2, 3)).min() > 200
    filled = (images > 128).mean((2, 3))
    assert 0.02 < filled.min() and filled.max() < 0.4


def test_image_size_only_changes_the_resolution():
    small, large = (generate_characters(10, image_size=size).images for size in (20, 60))
    averaged = large.reshape(10, 20, 20, 3, 20, 3).mean((3, 5))
    pairs = zip(small.reshape(200, -1), averaged.reshape(200, -1), strict=True)
    assert min(np.corrcoef(one, other)[0, 1] for one, other in pairs) > 0.97


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_classes": 0},
        {"num_classes": 2.0},
        {"num_classes": True},
        {"num_classes": 2, "seed": -1},
        {"num_classes": 2, "num_drawings": 0},
        {"num_classes": 2, "image_size": 11},
        {"num_classes": 2, "image_size": "20"},
    ],
)
def test_bad_arguments(arguments):
    name = list(arguments)[-1]
    with pytest.raises(ValueError, match=f"`{name}`.*Received: {arguments[name]!r}"):
        generate_characters(**arguments)
