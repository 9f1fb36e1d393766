"""What the tests send in the place of a page: drawings as PNGs, and requests."""

import base64
import io
import re

from PIL import Image
from starlette.testclient import TestClient

PREFIX = "data:image/png;base64,"
NAMES = ["ka", "kha", "ga"]


def make_client(app):
    return TestClient(app, base_url="http://localhost")


def save_image(image, kind="PNG"):
    """Returns the bytes of an image file, dark ink on white paper.

    Args:
        image: uint8 `(height, width)`, ink on zero.
        kind: format of the file.
    """
    file = io.BytesIO()
    Image.fromarray(255 - image).save(file, kind)
    return file.getvalue()


def to_url(image):
    """Returns the data URL of a drawing whose opacity is the ink, uint8 `(height, width)`."""
    file = io.BytesIO()
    opacity = Image.fromarray(image)
    Image.merge("LA", [Image.new("L", opacity.size), opacity]).save(file, "PNG")
    return PREFIX + base64.b64encode(file.getvalue()).decode()


def teach(client, images, names, model="characters_5way"):
    """Teaches a drawing for each name; returns the response."""
    examples = [
        {"name": name, "drawing": to_url(image)} for name, image in zip(names, images, strict=True)
    ]
    return client.post("/api/learn", json={"model": model, "examples": examples})


def recognise(client, key, image):
    return client.post("/api/recognise", json={"key": key, "drawing": to_url(image)})


def best(answer):
    probabilities = answer.json()["probabilities"]
    return max(probabilities, key=probabilities.get)


def refused(response, status, words):
    """Checks that a response is one clear line for the page."""
    assert response.status_code == status
    assert re.search(words, response.json()["error"]) and "\n" not in response.json()["error"]
    return True
