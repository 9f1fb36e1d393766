import numpy as np
import pytest

from episodes.augmentation import Augmentation
from episodes.dataset import FewShotDataset
from episodes.few_shot import FewShotSampler


def draw(sampler, num_episodes):
    return [sampler[index] for index in range(num_episodes)]


def assert_close_to_chance(hits, chance):
    hits = np.asarray(hits)
    standard_error = np.sqrt(chance * (1 - chance) / hits.size)
    assert abs(hits.mean() - chance) < 4 * standard_error


def assert_equal_episodes(episode, other):
    for part in ("support", "query"):
        for array, expected in zip(getattr(episode, part), getattr(other, part), strict=True):
            np.testing.assert_array_equal(array, expected)
    assert episode.class_names == other.class_names


def test_shapes_and_types(coded):
    episode = FewShotSampler(coded.dataset(), ways=4, shots=2, queries=3)[0]
    assert episode.support.images.shape == (8, 5, 5)
    assert episode.query.images.shape == (12, 5, 5)
    for examples in (episode.support, episode.query):
        assert examples.images.dtype == np.float32 and examples.images.max() == 1
        assert examples.labels.dtype == np.int32
    assert np.bincount(episode.support.labels).tolist() == [2, 2, 2, 2]
    assert np.bincount(episode.query.labels).tolist() == [3, 3, 3, 3]


def test_labels_name_the_classes_of_the_images(coded):
    dataset = coded.dataset()
    for episode in draw(FewShotSampler(dataset, ways=5, shots=2, queries=3), 20):
        assert episode.class_names == tuple(f"class{i}" for i in episode.class_indices)
        assert len(set(episode.class_names)) == 5
        for images, labels in (episode.support, episode.query):
            code = coded.read(images)
            np.testing.assert_array_equal(code.classes, episode.class_indices[labels])
            expected = dataset.images[code.classes, code.drawings] / np.float32(255)
            np.testing.assert_array_equal(images, expected)


def test_no_drawing_is_used_twice(coded):
    for episode in draw(FewShotSampler(coded.dataset(), ways=5, shots=5, queries=7), 50):
        code = coded.read(np.concatenate([episode.support.images, episode.query.images]))
        assert len(set(zip(code.classes.tolist(), code.drawings.tolist(), strict=True))) == 60


def test_class_does_not_reveal_the_label(coded):
    sampler = FewShotSampler(coded.dataset(num_classes=4), ways=4, shots=1, queries=1)
    classes = np.stack([episode.class_indices for episode in draw(sampler, 1000)])
    for label in range(4):
        for index in range(4):
            assert_close_to_chance(classes[:, label] == index, 1 / 4)
        assert_close_to_chance(classes[1:, label] == classes[:-1, label], 1 / 4)


def test_labels_do_not_follow_the_order_of_the_classes(coded):
    sampler = FewShotSampler(coded.dataset(num_classes=200), ways=4, shots=1, queries=1)
    classes = np.stack([episode.class_indices for episode in draw(sampler, 1000)])
    for label in range(3):
        assert_close_to_chance(classes[:, label] < classes[:, label + 1], 1 / 2)


def test_position_does_not_reveal_the_label(coded):
    episodes = draw(FewShotSampler(coded.dataset(), ways=4, shots=2, queries=2), 1000)
    support = np.stack([episode.support.labels for episode in episodes])
    query = np.stack([episode.query.labels for episode in episodes])
    for position in (0, 7):
        for label in range(4):
            assert_close_to_chance(support[:, position] == label, 1 / 4)
            assert_close_to_chance(query[:, position] == label, 1 / 4)
        assert_close_to_chance(support[:, position] == query[:, position], 1 / 4)


def test_one_rotation_per_class_in_support_and_query(coded):
    sampler = FewShotSampler(coded.dataset(), ways=4, shots=1, queries=3, rotations=True)
    rotations = []
    for episode in draw(sampler, 1000):
        support, query = coded.read(episode.support.images), coded.read(episode.query.images)
        rotations.append(support.rotations[episode.support.labels.argsort()])
        np.testing.assert_array_equal(query.rotations, rotations[-1][episode.query.labels])
    rotations = np.stack(rotations)
    for turns in range(4):
        assert_close_to_chance(rotations == turns, 1 / 4)
    for label in range(3):
        assert_close_to_chance(rotations[:, label] == rotations[:, label + 1], 1 / 4)
    assert_close_to_chance(rotations[1:] == rotations[:-1], 1 / 4)


def test_episode_is_addressed_by_its_index(coded):
    sampler = FewShotSampler(coded.dataset(), ways=5, shots=1, queries=5, seed=3)
    seventh = sampler[7]
    sampler[8]
    again = FewShotSampler(coded.dataset(), ways=5, shots=1, queries=5, seed=3)[7]
    assert_equal_episodes(seventh, again)
    assert_equal_episodes(seventh, sampler[7])
    assert seventh.class_names != sampler[8].class_names


def test_seeds_and_splits_differ(coded):
    dataset = coded.dataset()
    sampler = FewShotSampler(dataset, ways=5, shots=1, queries=5)
    other_seed = FewShotSampler(dataset, ways=5, shots=1, queries=5, seed=1)
    assert sampler[0].class_names != other_seed[0].class_names
    train = FewShotSampler(dataset.select(range(20)), ways=5, shots=1, queries=5)
    test = FewShotSampler(dataset.select(range(20, 40)), ways=5, shots=1, queries=5)
    assert (train[0].query.labels != test[0].query.labels).any()


def test_as_sequence_shows_the_support_then_one_query(coded):
    episode = FewShotSampler(coded.dataset(), ways=5, shots=3, queries=2)[0]
    inputs, targets, instances = episode.as_sequence()
    assert inputs.shape == (10, 16, 30) and targets.shape == (10, 16)
    for query in range(10):
        images = inputs[query, :, :25].reshape(16, 5, 5)
        np.testing.assert_array_equal(images[:-1], episode.support.images)
        np.testing.assert_array_equal(images[-1], episode.query.images[query])
        assert targets[query, :-1].tolist() == episode.support.labels.tolist()
        assert targets[query, -1] == episode.query.labels[query]
        # Every shot has its label by the last step; the query's own is never shown.
        shown = inputs[query, :, 25:]
        assert not shown[0].any()
        np.testing.assert_array_equal(shown[1:], np.eye(5)[episode.support.labels])
    assert (instances[:, -1] == 4).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"ways": 41}, "`ways` must be at most 40.*Lower `ways`"),
        ({"shots": 8, "queries": 5}, "shots=8 and queries=5: an episode needs 13.*which has 12"),
        ({"shots": 0}, "`shots` must be an integer of 1 or more"),
        ({"queries": 1.5}, "`queries` must be an integer of 1 or more"),
        ({"ways": -1}, "`ways` must be an integer of 1 or more"),
    ],
)
def test_wrong_arguments(coded, arguments, message):
    arguments = {"ways": 5, "shots": 1, "queries": 1} | arguments
    with pytest.raises(ValueError, match=message):
        FewShotSampler(coded.dataset(), **arguments)


def test_rotations_need_square_images():
    dataset = FewShotDataset(np.zeros((5, 10, 4, 6), np.uint8), "abcde")
    with pytest.raises(ValueError, match="square images.*4 x 6"):
        FewShotSampler(dataset, ways=5, shots=1, queries=1, rotations=True)
    episode = FewShotSampler(dataset, ways=5, shots=1, queries=1)[0]
    assert episode.support.images.shape == (5, 4, 6)


def test_a_batch_is_its_episodes(coded):
    sampler = FewShotSampler(
        coded.dataset(), ways=5, shots=2, queries=3, rotations=True, augmentation=Augmentation()
    )
    batch = sampler.batch(7, 4)
    assert batch.support.images.shape == (4, 10, 5, 5) and batch.query.labels.shape == (4, 15)
    for row in range(4):
        episode = sampler[7 + row]
        for part in ("support", "query"):
            for array, expected in zip(getattr(batch, part), getattr(episode, part), strict=True):
                np.testing.assert_allclose(array[row], expected, atol=1e-6)
        np.testing.assert_array_equal(batch.class_indices[row], episode.class_indices)
        assert batch.class_names[row] == episode.class_names
    sequences = batch.as_sequence()
    assert sequences.inputs.shape == (60, 11, 30)
    for row in range(4):
        for array, expected in zip(sequences, sampler[7 + row].as_sequence(), strict=True):
            np.testing.assert_allclose(array[15 * row : 15 * (row + 1)], expected, atol=1e-6)


def test_augmentation_changes_the_pixels_alone(coded):
    arguments = {"ways": 5, "shots": 2, "queries": 3}
    plain = FewShotSampler(coded.dataset(), **arguments)[3]
    moved = FewShotSampler(coded.dataset(), **arguments, augmentation=Augmentation())[3]
    np.testing.assert_array_equal(plain.support.labels, moved.support.labels)
    np.testing.assert_array_equal(plain.class_indices, moved.class_indices)
    assert moved.support.images.max() <= 1 and moved.support.images.dtype == np.float32
    assert abs(moved.support.images - plain.support.images).max() > 0.01


def test_colour_images_are_turned_and_moved_whole(coded):
    grey = coded.dataset()
    colour = FewShotDataset(np.stack([grey.images, grey.images // 2], axis=-1), grey.class_names)
    for augmentation in (None, Augmentation()):
        arguments = {"ways": 4, "shots": 1, "queries": 2, "rotations": True}
        arguments["augmentation"] = augmentation
        one, two = (FewShotSampler(d, **arguments)[5].query.images for d in (grey, colour))
        assert two.shape == (8, 5, 5, 2)
        np.testing.assert_allclose(two[..., 0], one, atol=1e-6)
        np.testing.assert_allclose(two[..., 1], one / 2, atol=0.01)
