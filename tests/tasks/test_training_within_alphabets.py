"""Training as --config=lake asks for: episodes of one alphabet, and augmentation of other kinds."""

import numpy as np
import pytest

import episodes
from episodes import FewShotDataset, Splits, generate_characters
from mann.tasks.build import build_task
from mann_config.catalog import load
from mann_config.check import complete_config

ALPHABETS = ("Greek", "Latin", "Runes", "Ogham", "Tifinagh")


@pytest.fixture
def small_lake(monkeypatch):
    """Returns a function from fields of the task to the task of a small --config=lake."""
    parts = []
    for seed in range(3):
        names = [f"{alphabet}{seed}/{index}" for alphabet in ALPHABETS for index in range(5)]
        images = generate_characters(25, seed, num_drawings=6, image_size=12).images
        parts.append(FewShotDataset(images, names))
    monkeypatch.setattr(episodes, "load_omniglot", lambda **arguments: Splits(*parts))

    def build(**fields):
        config = load("lake")
        complete_config(config.to_dict())
        fields = {"ways": 5, "queries": 2, "image_size": 12, **fields}
        config.task.update(fields)
        return build_task(config)

    return build


def count_alphabets(sampler):
    names = sampler.batch(0, 100).class_names
    return np.array([len({name.partition("/")[0] for name in each}) for each in names])


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.0, 0, 0.1), (0.5, 0.35, 0.65), (1.0, 1, 1)]
)
def test_training_and_validation_are_within_alphabets(small_lake, share, least, most):
    task = small_lake(within_alphabet=share)
    for sampler in (task.train, task.validation):
        assert least <= np.mean(count_alphabets(sampler) == 1) <= most


@pytest.mark.parametrize("field", ["max_distortion", "max_thickening"])
def test_each_field_changes_the_pixels_of_training_alone(small_lake, field):
    still = dict.fromkeys(("max_rotation", "max_shift", "max_distortion", "max_thickening"), 0.0)
    (inputs, targets), (changed, same) = (
        small_lake(**{**still, field: value}).training_batch(3, 2, None) for value in (0.0, 0.2)
    )
    np.testing.assert_array_equal(targets, same)
    for name in ("support_images", "query_images"):
        differences = np.abs(inputs[name] - changed[name])
        assert differences.max() > 0.05 and changed[name].max() <= 1.001
    tested = (small_lake(**{**still, field: value}).validation[3] for value in (0.0, 0.2))
    np.testing.assert_array_equal(*(episode.query.images for episode in tested))
