"""Tests that a label cannot be known before it is shown, and is known only by what is shown."""

import numpy as np
import pytest
from batches import assert_close_to_chance, class_of_label, labels_shown

from episodes.characters import generate_characters
from episodes.sequence import SequenceSampler


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
