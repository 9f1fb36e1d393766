import numpy as np

from mann.evaluation import few_shot_report as report
from mann.evaluation.accuracy import accuracy_by_instance
from mann.evaluation.protocols import by_instance
from mann.models.predictors import SequenceLearner


def test_accuracy_and_interval():
    instances = np.array([[1, 1, 2, 2], [1, 2, 1, 2]])
    targets = np.array([[0, 1, 0, 1], [1, 1, 0, 0]])
    predictions = np.array([[0, 0, 0, 1], [0, 1, 1, 1]])
    accuracy = accuracy_by_instance(predictions, targets, instances)
    np.testing.assert_allclose(accuracy.mean, [0.25, 0.75])
    # Per episode: 1/2 and 0 at the first instance, 1 and 1/2 at the second.
    np.testing.assert_allclose(accuracy.interval, 1.96 * np.std([0.5, 0], ddof=1) / np.sqrt(2))
    assert accuracy.score() == 0.75


def test_table_shows_published_rows_beside_ours():
    instances = np.tile(np.arange(1, 11), (4, 1))
    accuracy = accuracy_by_instance(instances, instances, instances)
    text = report.instance_table(accuracy, {"paper": (1.5, 2, 3, 4, 5, 6)})
    lines = text.splitlines()
    assert lines[0].split() == ["instance", "1st", "2nd", "3rd", "4th", "5th", "10th"]
    assert accuracy.ways == 1 and lines[1].count("100.0 +- 0.0") == 6
    assert lines[2].split() == ["paper", "1.5", "2.0", "3.0", "4.0", "5.0", "6.0"]


class EchoesShownLabel:
    """Answers the label that the input shows: that of the step before."""

    def predict_on_batch(self, inputs):
        return inputs[:, :, -5:]


def test_showing_the_last_label_does_not_give_away_the_next():
    from episodes import SequenceSampler, generate_characters

    sampler = SequenceSampler(generate_characters(10, image_size=12), ways=5, instances=10)
    learner = SequenceLearner(EchoesShownLabel(), (1, 5))
    accuracy = by_instance(learner, sampler, 300, batch_size=16)
    assert accuracy.num_episodes == 300
    assert np.all(accuracy.mean[1:] < 0.25)
