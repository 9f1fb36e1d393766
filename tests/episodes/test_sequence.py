import numpy as np
import pytest

from episodes.augmentation import Augmentation
from episodes.characters import generate_characters
from episodes.dataset import FewShotDataset
from episodes.sequence import SequenceSampler


def labels_shown(sampler, inputs):
    return inputs[..., -sampler.ways :]


def class_of_label(targets, code, label):
    """Returns the class behind `label` in each sequence."""
    return code.classes[np.arange(len(targets)), (targets == label).argmax(axis=1)]


def assert_close_to_chance(hits, chance):
    standard_error = np.sqrt(chance * (1 - chance) / hits.size)
    assert abs(hits.mean() - chance) < 4 * standard_error


def assert_equal_batches(batch, other):
    for array, expected in zip(batch, other, strict=True):
        np.testing.assert_array_equal(array, expected)


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


def test_shown_label_predicts_the_target_no_better_than_the_count_of_instances(coded):
    sampler = SequenceSampler(coded.dataset())
    batch = sampler.batch(0, 2000)
    hits = labels_shown(sampler, batch.inputs)[:, 1:].argmax(-1) == batch.targets[:, 1:]
    # After one drawing of a class, 9 of its 10 are left among 49.
    assert_close_to_chance(hits, 9 / 49)
    assert not hits[batch.instances[:, 1:] == 1].any()


@pytest.mark.parametrize("step", [0, 1, 25, 49])
def test_step_does_not_reveal_the_label(coded, step):
    targets = SequenceSampler(coded.dataset()).batch(0, 2000).targets
    for label in range(5):
        assert_close_to_chance(targets[:, step] == label, 1 / 5)


def test_class_does_not_reveal_the_label(coded):
    # As many classes as labels: each class has a label in every episode.
    sampler = SequenceSampler(coded.dataset(num_classes=5))
    batch = sampler.batch(0, 2000)
    code = coded.read(batch.inputs)
    for label in range(5):
        classes = class_of_label(batch.targets, code, label)
        for index in range(5):
            assert_close_to_chance(classes == index, 1 / 5)
        assert_close_to_chance(classes[1:] == classes[:-1], 1 / 5)


def test_labels_do_not_follow_the_order_of_the_classes(coded):
    batch = SequenceSampler(coded.dataset(num_classes=200)).batch(0, 2000)
    code = coded.read(batch.inputs)
    classes = np.stack([class_of_label(batch.targets, code, i) for i in range(5)])
    for label in range(4):
        assert_close_to_chance(classes[label] < classes[label + 1], 1 / 2)


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


def test_perfect_novelty_detection_scores_the_bound(coded):
    """A solver that reads the class knows seen ones and guesses among the labels not shown yet."""
    sampler = SequenceSampler(coded.dataset())
    batch = sampler.batch(0, 1000)
    shown = labels_shown(sampler, batch.inputs).argmax(-1)
    classes = coded.read(batch.inputs).classes
    rng = np.random.default_rng(0)
    correct = np.zeros(batch.targets.shape, bool)
    for row in range(1000):
        known = {}
        for step in range(50):
            if step > 0:
                known[classes[row, step - 1]] = shown[row, step]
            free = sorted(set(range(5)) - set(known.values()))
            guess = known.get(classes[row, step])
            guess = rng.choice(free) if guess is None else guess
            correct[row, step] = guess == batch.targets[row, step]
    assert_close_to_chance(correct[batch.instances == 1], (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 5)
    assert correct[batch.instances > 1].all()


def nearest_neighbour(sampler, inputs):
    """Answers at each step with the label shown after the most similar image before it."""
    images, shown = inputs[..., : -sampler.ways], labels_shown(sampler, inputs).argmax(-1)
    answers = np.zeros(shown.shape, int)
    for step in range(1, shown.shape[1]):
        distances = ((images[:, :step] - images[:, step : step + 1]) ** 2).sum(axis=2)
        answers[:, step] = shown[np.arange(len(shown)), 1 + distances.argmin(axis=1)]
    return answers


def test_learner_that_sees_wrong_labels_falls_to_chance():
    sampler = SequenceSampler(generate_characters(40, seed=0, image_size=14))
    batch = sampler.batch(0, 400)
    known = batch.instances > 1
    right = nearest_neighbour(sampler, batch.inputs) == batch.targets
    assert right[batch.instances == 10].mean() > 0.7
    others = batch.inputs.copy()
    others[..., -5:] = np.roll(others[..., -5:], 1, axis=0)
    wrong = nearest_neighbour(sampler, others) == batch.targets
    by_episode = (wrong * known).sum(axis=1) / known.sum(axis=1)
    assert abs(by_episode.mean() - 1 / 5) < 4 * by_episode.std() / np.sqrt(400)


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


def test_rotations_need_square_images():
    dataset = FewShotDataset(np.zeros((5, 10, 4, 6), np.uint8), "abcde")
    with pytest.raises(ValueError, match="square images.*4 x 6"):
        SequenceSampler(dataset, rotations=True)
    assert SequenceSampler(dataset)[0].inputs.shape == (50, 29)
