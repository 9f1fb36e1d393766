"""Drawings of five characters that no model has seen, and a classifier that was shown them."""

import pytest
from answers import LABELS

import mann
from episodes import generate_characters


@pytest.fixture(scope="module")
def images():
    """Returns drawings of five characters, `(5, 6, 28, 28)`."""
    return generate_characters(5, seed=9, num_drawings=6, image_size=28).images


@pytest.fixture(scope="module")
def support(images):
    return images[:, :2].reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def queries(images):
    return images[:, 2:].reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def strangers():
    """Returns a drawing of each of 20 other characters, `(20, 28, 28)`."""
    return generate_characters(20, seed=30, num_drawings=1, image_size=28).images[:, 0]


@pytest.fixture
def classifier(support):
    return mann.FewShotClassifier().fit(support, LABELS.repeat(2))
