"""Each protocol of few-shot learning on predictors whose answers are known."""

import numpy as np
import pytest

from episodes import FewShotDataset, FewShotSampler, SequenceSampler, generate_characters
from mann.evaluation import few_shot_protocols
from mann.models.sequence_predictor import SequencePredictor


class Oracle:
    """Knows the class of a drawing by its pixels, so that it never errs; or always errs."""

    most_ways = None

    def __init__(self, right=True):
        self.right = right

    def score(self, support_images, support_labels, query_images, ways):
        support, query = (images.mean(axis=(2, 3)) for images in (support_images, query_images))
        nearest = abs(query[:, :, None] - support[:, None]).argmin(axis=-1)
        answers = np.take_along_axis(support_labels, nearest, axis=1)
        return np.eye(ways)[answers if self.right else (answers + 1) % ways]


def flat_classes(num_classes=30, num_drawings=12):
    grey = np.arange(num_classes, dtype=np.uint8) * 8
    images = np.broadcast_to(grey[:, None, None, None], (num_classes, num_drawings, 4, 4))
    return FewShotDataset(images.copy(), [f"class{i}" for i in range(num_classes)])


def test_nway_counts_right_answers():
    samplers = [FewShotSampler(flat_classes(), ways=5, shots=k, queries=3) for k in (2, 1)]
    measured = few_shot_protocols.measure_nway(Oracle(), samplers, 7, images_at_once=75)
    assert list(measured.values) == ["5-way 2-shot", "5-way 1-shot"]
    assert measured.values["5-way 2-shot"].tolist() == 7 * [100]
    assert few_shot_protocols.measure_nway(Oracle(right=False), samplers, 7).overall() == 0

    class Mixed(Oracle):
        def score(self, *arguments):
            scores = super().score(*arguments)
            scores[0] = np.roll(scores[0], 1, axis=-1)
            return scores

    # One episode in each batch is all wrong: the interval is over episodes, not over queries.
    measured = few_shot_protocols.measure_nway(Mixed(), samplers[:1], 8, images_at_once=100)
    assert measured.values["5-way 2-shot"].tolist() == [0, 100, 100, 100, 0, 100, 100, 100]


def test_accuracy_by_instance_is_of_each_episode():
    instances = np.array([[1, 1, 2, 2], [1, 2, 1, 2]])
    targets = np.array([[0, 1, 0, 1], [1, 1, 0, 0]])
    predictions = np.array([[0, 0, 0, 1], [0, 1, 1, 1]])
    values = few_shot_protocols.compute_accuracy_by_instance(predictions, targets, instances)
    assert {k: percents.tolist() for k, percents in values.items()} == {1: [50, 0], 2: [100, 50]}


class EchoesShownLabel:
    """Answers the label that the input shows: that of the step before."""

    def predict_on_batch(self, inputs):
        return inputs[:, :, -5:]


def test_showing_the_last_label_does_not_give_away_the_next():
    sampler = SequenceSampler(generate_characters(10, image_size=12), ways=5, instances=10)
    predictor = SequencePredictor(EchoesShownLabel(), (1, 5))
    accuracy = few_shot_protocols.measure_by_instance(predictor, sampler, 300, batch_size=16)
    assert len(accuracy.values[1]) == 300
    assert all(accuracy.mean(k) < 25 for k in range(2, 11))


class SaysWhatWasShown:
    """Answers each symbol as the label shown at this step has it: that of the image before."""

    def __init__(self, length, alphabet):
        self.shape = (length, alphabet)

    def predict_on_batch(self, inputs):
        labels = inputs[..., -self.shape[0] * self.shape[1] :]
        shaped = labels.reshape(*labels.shape[:2], *self.shape)
        return shaped[..., 0, :] if self.shape[0] == 1 else shaped


@pytest.mark.parametrize("labels", ["one_hot", "string"])
def test_a_string_is_right_if_all_its_letters_are(labels):
    sampler = SequenceSampler(flat_classes(), ways=3, instances=4, labels=labels)
    predictor = SequencePredictor(SaysWhatWasShown(*sampler.label_shape), sampler.label_shape)
    accuracy = few_shot_protocols.measure_by_instance(predictor, sampler, 50, batch_size=16)
    targets = sampler.batch(0, 50).targets.reshape(50, 12, -1)
    instances = sampler.batch(0, 50).instances
    same = np.zeros((50, 12), bool)
    same[:, 1:] = (targets[:, 1:] == targets[:, :-1]).all(axis=-1)
    # At the first step no label is shown, and zeros say the first symbol.
    same[:, 0] = (targets[:, 0] == 0).all(axis=-1)
    for k in range(1, 5):
        assert accuracy.mean(k) == pytest.approx(100 * same[instances == k].mean())
    assert accuracy.about == "50 episodes of 3 ways" and list(accuracy.values) == [1, 2, 3, 4]


def test_consecutive_episodes_count_one_by_one():
    single = SequenceSampler(flat_classes(), ways=3, instances=4)
    triple = SequenceSampler(flat_classes(), ways=3, instances=4, consecutive=3)
    predictor = SequencePredictor(SaysWhatWasShown(1, 3), (1, 3))
    one = few_shot_protocols.measure_by_instance(predictor, single, 10, batch_size=4)
    other = few_shot_protocols.measure_by_instance(predictor, triple, 10, batch_size=4)
    for k in range(1, 5):
        assert len(other.values[k]) == 10
        np.testing.assert_array_equal(one.values[k], other.values[k])
