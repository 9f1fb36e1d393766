"""Many classes at once, on features whose answers are known."""

import numpy as np
import pytest

from episodes import FewShotDataset, generate_characters
from episodes.index_sampler import IndexSampler
from mann.evaluation.features import encode_dataset
from mann.evaluation.many_ways import (
    answer_by_class_means,
    answer_by_nearest,
    measure_many_ways,
)
from mann.models.predictor_base import Predictor


def sampler(num_classes, num_drawings, ways, per_class):
    images = np.zeros((num_classes, num_drawings, 2, 2), np.uint8)
    names = [f"class{i}" for i in range(num_classes)]
    return IndexSampler(FewShotDataset(images, names), ways, per_class)


def test_means_and_single_images_answer_differently():
    support = np.array([[[0.0, 0.0], [0.0, 6.0]], [[2.0, 3.0], [4.0, 3.0]]])
    query = np.array([[0.0, 3.0], [1.0, 5.5], [3.9, 3.0], [1.4, 3.0]])
    assert answer_by_class_means(support, query).tolist() == [0, 0, 1, 0]
    assert answer_by_nearest(support, query).tolist() == [1, 0, 1, 1]


def test_each_class_is_right_where_its_drawings_are_alike():
    # Classes 0 and 1 cannot be told apart, and of equal distances the first wins.
    features = np.zeros((6, 8, 6))
    features[np.arange(6), :, [0, 0, 2, 3, 4, 5]] = 1
    measured = measure_many_ways(features, [sampler(6, 8, 6, 8)], [1, 5], 3, num_draws=4)
    assert [each.by for each in measured] == ["class means", "nearest image"]
    for each in measured:
        assert list(each.values) == ["6-way 1-shot", "6-way 5-shot"]
        for percents in each.values.values():
            np.testing.assert_allclose(percents, 4 * [100 * 5 / 6])
        assert each.about == "4 draws, 3 queries of each class, not turned"


def test_no_query_is_among_the_support():
    # No drawing is like another one: only a drawing that was shown could be recognised.
    features = np.eye(5 * 8).reshape(5, 8, -1)
    _, nearest = measure_many_ways(features, [sampler(5, 8, 5, 8)], [1, 5], 3, num_draws=6)
    for percents in nearest.values.values():
        np.testing.assert_allclose(percents, 6 * [100 / 5])


class ShapeOfImages(Predictor):
    """Encodes with the pixels, and notes how many images came at once."""

    def __init__(self):
        super().__init__(encoder="pixels")
        self.calls = []

    def encode(self, images):
        self.calls.append(images.shape[1])
        return images.reshape(*images.shape[:2], -1)


def test_each_image_is_encoded_once_at_length_one():
    dataset, predictor = generate_characters(31, num_drawings=20, image_size=12), ShapeOfImages()
    features = encode_dataset(predictor, dataset)
    assert features.shape == (31, 20, 144) and predictor.calls == [512, 108]
    np.testing.assert_allclose(np.linalg.norm(features, axis=-1), 1)
    pixels = dataset.images[27, 3].astype(float).ravel()
    np.testing.assert_allclose(features[27, 3], pixels / np.linalg.norm(pixels), rtol=1e-6)
    with pytest.raises(ValueError, match="this model has none: its memory sees pixels"):
        encode_dataset(Predictor(None), dataset)
