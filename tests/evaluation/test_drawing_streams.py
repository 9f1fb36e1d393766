"""Streams of drawings with one memory, on features whose answers are known."""

import numpy as np
import pytest

from episodes import FewShotDataset
from episodes.index_sampler import IndexSampler
from mann.evaluation.streams import (
    ALWAYS,
    ON_SURPRISE,
    STRENGTH,
    THRESHOLDS,
    answer_stream,
    compute_surprise,
    measure_streams,
    number_instances,
)


def directions(*degrees):
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_a_drawing_is_answered_before_it_is_stored():
    # No drawing is like another: all answers are the label of the first slot, and only a drawing
    # that was stored could be recognised.
    labels = np.array([3, 1, 3, 0, 1, 0, 3])
    for threshold in THRESHOLDS.values():
        answers, _ = answer_stream(np.eye(7), labels, threshold)
        assert answers[0] == -1 and answers[1:4].tolist() == [3, 3, 3]
    answers, slots = answer_stream(np.eye(7), labels, -np.inf)
    assert answers.tolist() == [-1, 3, 3, 3, 3, 3, 3] and slots == 7


@pytest.mark.parametrize("threshold", THRESHOLDS.values())
def test_a_label_changes_no_answer_up_to_its_own(threshold):
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    labels = random.integers(4, size=60)
    answers, _ = answer_stream(features, labels, threshold)
    later_differ = 0
    for time in range(0, 60, 7):
        changed = labels.copy()
        changed[time] = (labels[time] + 1) % 4
        others, _ = answer_stream(features, changed, threshold)
        np.testing.assert_array_equal(others[: time + 1], answers[: time + 1])
        later_differ += np.any(others != answers)
    assert later_differ


def test_what_does_not_surprise_is_averaged_into_the_slot_of_its_label():
    # The slot of label 0 moves from 0 to 20 degrees, so that 46 is nearer to it than to 75.
    features, labels = directions(0, 75, 40, 46, 30), np.array([0, 1, 0, 0, 1])
    answers, slots = answer_stream(features[:4], labels[:4], threshold=2.0)
    assert answers.tolist() == [-1, 0, 1, 0] and slots == 2
    # Label 1 had no probability at 30 degrees: it gets a second slot.
    answers, slots = answer_stream(features, labels, threshold=2.0)
    assert answers[-1] == 0 and slots == 3


def test_surprise_is_of_the_best_slot_of_each_label():
    similarities, labels = np.array([0.2, 0.9, 0.8, 0.85]), np.array([0, 2, 2, 0])
    expected = np.log(1 + np.exp(STRENGTH * (0.9 - 0.85)))
    assert compute_surprise(similarities, labels, 0) == pytest.approx(expected)
    # A label between the others that has no slot, one above them, and an empty memory.
    assert compute_surprise(similarities, labels, 1) == np.inf
    assert compute_surprise(similarities, labels, 7) == np.inf
    assert compute_surprise(np.zeros(0), np.zeros(0, int), 0) == np.inf


def test_instances_count_the_drawings_of_a_label():
    labels = np.array([4, 2, 4, 4, 2, 0])
    assert number_instances(labels).tolist() == [1, 1, 2, 3, 2, 1]


def test_streams_of_classes_of_which_two_are_alike():
    # Of classes 3 and 4, the answer is the one that came first.
    features = np.zeros((5, 6, 4))
    features[np.arange(5), :, [0, 1, 2, 3, 3]] = 1
    dataset = FewShotDataset(np.zeros((5, 6, 2, 2), np.uint8), "abcde")
    by_instance, at_end, slots = measure_streams(features, IndexSampler(dataset, 5, 6), 10)
    assert list(by_instance.values) == [1, 2, 3, 4, 5, 6]
    assert by_instance.values[1].tolist() == 10 * [0]
    assert all(by_instance.values[k].tolist() == 10 * [80] for k in range(2, 7))
    assert by_instance.references["with every drawing kept"] == {1: 0} | dict.fromkeys(
        range(2, 7), 80
    )
    assert slots.values[ALWAYS].tolist() == 10 * [6]
    assert slots.values[ON_SURPRISE].tolist() == 10 * [1]
    assert list(at_end.values) == [ALWAYS, ON_SURPRISE] and len(at_end.values[ALWAYS]) == 10
    assert "the last 5 drawings of each" in at_end.about
