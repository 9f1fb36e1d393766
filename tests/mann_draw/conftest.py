"""The server of the page, asked without a network, and drawings of characters it never saw."""

import pytest
from starlette.testclient import TestClient

from episodes import generate_characters
from mann_config.pretrained import few_shot_names
from mann_draw.server import make_app

MODELS = {name: name for name in few_shot_names()}


@pytest.fixture
def app():
    return make_app(MODELS, ["testserver"])


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture(scope="session")
def images():
    """Returns drawings of five characters, `(5, 4, 112, 112)`."""
    images = generate_characters(5, seed=9, num_drawings=4, image_size=28).images
    return images.repeat(4, axis=2).repeat(4, axis=3)
