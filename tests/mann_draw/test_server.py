"""The answers of the server of the page, with real models."""

import asyncio
import base64
import os
import re
import struct
import sys
import zlib

import numpy as np
import pytest
from pages import PREFIX, best, recognise, save_image, teach, to_url
from starlette.testclient import TestClient

import mann
from episodes import prepare_drawing
from mann.training import train_and_evaluate
from mann_draw.copying import LONGEST
from mann_draw.learned import MOST_EXAMPLES, LearnedStore
from mann_draw.pictures import MOST_BYTES, read_drawing
from mann_draw.server import make_app

NAMES = ["ka", "kha", "ga"]
WHITE = np.full((112, 112), 255, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (112, 112), dtype=np.uint8)


def refused(response, status, words):
    """Checks that a response is one clear line for the page."""
    assert response.status_code == status
    assert re.search(words, response.json()["error"]) and "\n" not in response.json()["error"]
    return True


@pytest.mark.parametrize("model", ["omniglot_5way", "characters_5way"])
def test_one_drawing_of_each_class_is_enough(client, images, model):
    key = teach(client, images[:3, 0], NAMES, model).json()["key"]
    asked = [
        (name, image) for name, row in zip(NAMES, images[:3], strict=True) for image in row[1:]
    ]
    answers = [recognise(client, key, image) for _, image in asked]
    right = [best(answer) == name for (name, _), answer in zip(asked, answers, strict=True)]
    assert np.mean(right) > 0.8
    for answer in answers:
        assert sum(answer.json()["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert answer.json()["similarity"] <= 1 + 1e-6 and 0 < answer.json()["threshold"] < 1


def test_it_says_what_the_classifier_says(client, images):
    shown, asked = images[:3, 0], images[3, 1]
    classifier = mann.FewShotClassifier("omniglot_5way")
    classifier.fit([read_drawing(to_url(image), 28) for image in shown], NAMES)
    drawing = read_drawing(to_url(asked), 28)[None]
    key = teach(client, shown, NAMES, "omniglot_5way").json()["key"]
    answer = recognise(client, key, asked).json()
    expected = dict(zip(classifier.classes_, classifier.predict_proba(drawing)[0], strict=True))
    assert answer["probabilities"] == pytest.approx(expected, abs=1e-4)
    assert answer["similarity"] == pytest.approx(classifier.score_samples(drawing)[0], abs=1e-4)
    assert answer["threshold"] == pytest.approx(classifier.threshold_, abs=1e-4)


def test_the_memory_reads_where_it_wrote_the_example_that_is_drawn_again(client, images):
    key = teach(client, images[:3, 0], NAMES, "omniglot_5way").json()["key"]
    for example in range(3):
        memory = recognise(client, key, images[example, 0]).json()["memory"]
        reads, writers = np.array(memory["reads"]), np.array(memory["writers"])
        assert len(reads) == len(writers) == memory["slots"] == 128
        assert set(writers) == {-1, 0, 1, 2}
        read = [reads[writers == writer].sum() for writer in range(3)]
        assert np.argmax(read) == example and read[example] > 1.5 * np.delete(read, example).max()
        content = np.frombuffer(base64.b64decode(memory["content"]), np.int8)
        strength = np.linalg.norm(content.reshape(128, memory["width"]), axis=1)
        assert strength[writers >= 0].min() > 2 * np.median(strength)


def test_one_class_has_no_threshold(client, images):
    key = teach(client, images[:1, 0], ["ka"]).json()["key"]
    answer = recognise(client, key, images[1, 0]).json()
    assert answer["threshold"] is None and answer["probabilities"] == {"ka": pytest.approx(1)}


def test_pages_do_not_see_each_others_examples(app, images):
    one, other = TestClient(app), TestClient(app)
    first = teach(one, images[:2, 0], ["ka", "kha"]).json()["key"]
    before = recognise(one, first, images[0, 1]).json()
    second = teach(other, images[1:3, 0], ["x", "ka"]).json()["key"]
    assert first != second
    assert set(recognise(other, second, images[0, 1]).json()["probabilities"]) == {"x", "ka"}
    assert recognise(one, first, images[0, 1]).json() == before
    for wrong in (first[:-1], "", None, 0, [first]):
        assert refused(recognise(other, wrong, images[0, 1]), 410, "teach them again")


def test_the_oldest_examples_are_forgotten_and_taught_again(images):
    client = TestClient(make_app({"characters_5way": "characters_5way"}, store=LearnedStore(2)))
    keys = [teach(client, images[:2, 0], ["ka", "kha"]).json()["key"] for _ in range(2)]
    assert recognise(client, keys[0], images[0, 1]).status_code == 200
    # Used last, the first one stays.
    keys.append(teach(client, images[:2, 0], ["ka", "kha"]).json()["key"])
    statuses = [recognise(client, key, images[0, 1]).status_code for key in keys]
    assert statuses == [200, 410, 200]


def test_more_classes_than_the_model_can_tell_apart_are_refused(client, images):
    shown, names = [*images[:, 0], images[0, 1]], list("abcdef")
    assert refused(teach(client, shown, names), 400, "can tell 5 classes apart, not 6")
    assert teach(client, shown, names, "omniglot_20way").status_code == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "copy", "examples": []}, "The model must be one of characters_5way"),
        ({"model": "../x", "examples": []}, "The model must be one of"),
        ({"model": "characters_5way"}, "must be a list"),
        ({"model": "characters_5way", "examples": []}, "from 1 to 200 examples. Received: 0"),
        ({"model": "characters_5way", "examples": [{}] * (MOST_EXAMPLES + 1)}, "Received: 201"),
        ({"model": "characters_5way", "examples": [{"name": " "}]}, "from 1 to 40 letters"),
        ({"model": "characters_5way", "examples": [{"name": "a" * 41}]}, "from 1 to 40 letters"),
        ({"model": "characters_5way", "examples": [{"name": "a"}]}, "must be a text that begins"),
        ([], "must be a JSON object"),
    ],
)
def test_bad_examples_are_one_line(client, body, words):
    assert refused(client.post("/api/learn", json=body), 400, words)


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (PREFIX + "***", "not valid base64"),
        (PREFIX + "AAAA", "cannot be read as a picture"),
        (PREFIX + "A" * 70_000, "at most 65,536 bytes"),
        (to_url(np.zeros((5000, 112), np.uint8)), "112 x 112 pixels.* Received: 112 x 5,000 of"),
        (to_url(np.zeros((112, 112), np.uint8)), "shows no ink"),
        (PREFIX + base64.b64encode(save_image(WHITE)).decode(), "112 x 112 of mode L"),
        (to_url(NOISE)[:4022], "damaged"),
    ],
)
def test_a_bad_drawing_is_one_line(client, drawing, words):
    examples = [{"name": "ka", "drawing": drawing}]
    body = {"model": "characters_5way", "examples": examples}
    assert refused(client.post("/api/learn", json=body), 400, words)


def test_json_that_is_none_or_of_another_site(client):
    for content in (b"{", b"\xff", b"[" * 100_000):
        response = client.post(
            "/api/copy", content=content, headers={"Content-Type": "application/json"}
        )
        assert refused(response, 400, "not valid JSON")
    # A form of another site can send these without asking the server first.
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        response = client.post("/api/copy", content=b"{}", headers={"Content-Type": kind})
        assert refused(response, 415, "must be of the type application/json")


def upload(client, content):
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/api/upload", content=content, headers=headers)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_an_uploaded_picture_is_a_drawing(client, images, kind):
    content = save_image(np.pad(images[0, 0], ((30, 90), (60, 10))), kind)
    answer = upload(client, content).json()
    assert answer["doubt"] is None
    uploaded, prepared = read_drawing(answer["drawing"], 28), prepare_drawing(images[0, 0])
    assert np.corrcoef(uploaded.ravel(), prepared.ravel())[0, 1] > 0.95


def test_a_large_photograph_is_taken(client, images):
    photograph = images[0, 0].repeat(40, axis=0).repeat(40, axis=1)
    assert photograph.size > 16 * 10**6
    answer = upload(client, save_image(photograph, "JPEG")).json()
    uploaded, prepared = read_drawing(answer["drawing"], 28), prepare_drawing(images[0, 0])
    assert np.corrcoef(uploaded.ravel(), prepared.ravel())[0, 1] > 0.95


def test_what_does_not_seem_to_be_a_drawing_is_doubted(client):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), dtype=np.uint8)
    assert "does not seem to be a drawing" in upload(client, save_image(noise)).json()["doubt"]
    assert "no ink" in upload(client, save_image(np.zeros((80, 80), np.uint8))).json()["doubt"]


def make_png_header(width, height):
    """Returns a PNG that promises so many pixels, and has none."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


def test_bad_uploads_are_one_line(client, images):
    assert refused(upload(client, b""), 400, "cannot be read as a picture")
    assert refused(upload(client, b"%PDF-1.7"), 400, "PNG, JPEG, WEBP")
    assert refused(upload(client, b"%!PS-Adobe-3.0 EPSF-3.0\n"), 400, "cannot be read")
    assert refused(upload(client, make_png_header(10_000, 9_000)), 400, "10,000 x 9,000 pixels")
    assert refused(upload(client, make_png_header(60_000, 60_000)), 400, "far too many pixels")
    cut = save_image(images[0, 0])[:200]
    assert refused(upload(client, cut), 400, "damaged")
    assert refused(upload(client, bytes(MOST_BYTES + 1)), 413, "more than 20 MB")


def test_nothing_uploaded_is_written_to_disk(client, images):
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    watching, written = [True], []

    def watch(event, arguments):
        if watching and event == "open" and arguments[2] & writing:
            written.append(arguments[0])

    # A hook cannot be taken away again.
    sys.addaudithook(watch)
    assert upload(client, save_image(images[0, 0])).status_code == 200
    watching.clear()
    assert written == []


@pytest.mark.parametrize("length", [1, 10, LONGEST])
def test_the_machine_copies_also_past_its_training(client, length):
    columns = np.random.default_rng(length).integers(0, 2, (length, 8)).tolist()
    copied = client.post("/api/copy", json={"columns": columns}).json()
    assert (np.array(copied["answer"]) > 0.5).astype(int).tolist() == columns
    writes, reads = (
        np.frombuffer(base64.b64decode(copied[name]), np.uint8).reshape(-1, copied["slots"])
        for name in ("writes", "reads")
    )
    assert len(writes) == len(reads) == 2 * length + 1
    # This one writes each column one step after it came in, and reads it there.
    written, read = writes[1 : length + 1].argmax(axis=1), reads[length + 1 :].argmax(axis=1)
    assert len(set(written.tolist())) == length
    np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize(
    "columns",
    [None, [], "10101010", [[0] * 7], [[0] * 9], [[2] * 8], [["1"] * 8], [[True] * 8], [[0.0] * 8]]
    + [[[0] * 8] * (LONGEST + 1), [0] * 8, {"0": [0] * 8}],
)
def test_what_is_not_columns_of_bits_is_refused(client, columns):
    response = client.post("/api/copy", json={"columns": columns})
    assert refused(response, 400, "must be 1 to 120 columns of 8 bits")


def test_every_model_opens_and_others_are_refused(client):
    names = client.get("/api/models").json()["models"]
    assert "omniglot_5way" in names and "copy" not in names
    assert client.post("/api/open", json={"model": "characters_5way"}).json() == {"ways": 5}
    assert refused(client.post("/api/open", json={"model": "copy"}), 400, "must be one of")


def test_a_run_without_a_memory_is_drawn_with_too(images, small_config, tmp_path):
    encoder = {"model__encoder__name": "conv", "model__encoder__filters": 16}
    small = {"task__shots": 1, "task__queries": 2, "train__steps": 1}
    train_and_evaluate(small_config(model__name="prototypical", **small, **encoder), tmp_path)
    client = TestClient(make_app({"mine": str(tmp_path)}))
    assert client.post("/api/open", json={"model": "mine"}).json() == {"ways": None}
    learned = teach(client, images[:2, 0], ["ka", "kha"], "mine").json()
    assert learned["memory"] is None
    answer = recognise(client, learned["key"], images[0, 0])
    assert best(answer) == "ka" and answer.json()["memory"] is None


def test_only_its_own_name_is_answered_and_nothing_is_taken_from_elsewhere(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for file in ("", "main.js", "draw.js", "board.js", "copy.js", "memory.js", "style.css"):
        content = client.get(f"/{file}").text.replace("http://www.w3.org/2000/svg", "")
        assert content and "http://" not in content and "https://" not in content
    assert client.get("/../server.py").status_code == 404


def test_a_browser_that_goes_away_does_no_harm(app, client, capfd):
    """Sends half of a body, then goes."""
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/learn",
        "raw_path": b"/api/learn",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json")],
    }

    async def receive():
        return messages.pop(0)

    async def send(message):
        assert message.get("status", 400) == 400

    asyncio.run(app(scope, receive, send))
    assert "Traceback" not in capfd.readouterr().err
    assert client.get("/api/models").status_code == 200
