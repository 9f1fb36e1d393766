"""The answers of the server of the page, with real models."""

import base64

import numpy as np
import pytest
from pages import NAMES, PREFIX, best, make_client, recognise, refused, save_image, teach, to_url

import mann
from mann.training import train_and_evaluate
from mann_draw.learned import MOST_EXAMPLES, LearnedStore
from mann_draw.pictures import read_drawing
from mann_draw.server import make_app

WHITE = np.full((112, 112), 255, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (112, 112), dtype=np.uint8)


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
    one, other = make_client(app), make_client(app)
    first = teach(one, images[:2, 0], ["ka", "kha"]).json()["key"]
    before = recognise(one, first, images[0, 1]).json()
    second = teach(other, images[1:3, 0], ["x", "ka"]).json()["key"]
    assert first != second
    assert set(recognise(other, second, images[0, 1]).json()["probabilities"]) == {"x", "ka"}
    assert recognise(one, first, images[0, 1]).json() == before
    for wrong in (first[:-1], "", None, 0, [first]):
        assert refused(recognise(other, wrong, images[0, 1]), 410, "teach them again")


def test_the_oldest_examples_are_forgotten_and_taught_again(images):
    client = make_client(make_app({"characters_5way": "characters_5way"}, store=LearnedStore(2)))
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
        ({"model": "copy", "examples": []}, "The model must be one of omniglot_5way"),
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


def test_every_model_opens_and_others_are_refused(client):
    names = client.get("/api/models").json()["models"]
    assert "omniglot_5way" in names and "copy" not in names
    assert client.post("/api/open", json={"model": "characters_5way"}).json() == {"ways": 5}
    assert refused(client.post("/api/open", json={"model": "copy"}), 400, "must be one of")


def test_a_run_without_a_memory_is_drawn_with_too(images, small_config, tmp_path):
    encoder = {"model__encoder__name": "conv", "model__encoder__filters": 16}
    small = {"task__shots": 1, "task__queries": 2, "train__steps": 1}
    train_and_evaluate(small_config(model__name="prototypical", **small, **encoder), tmp_path)
    client = make_client(make_app({"mine": str(tmp_path)}))
    assert client.post("/api/open", json={"model": "mine"}).json() == {"ways": None}
    learned = teach(client, images[:2, 0], ["ka", "kha"], "mine").json()
    assert learned["memory"] is None
    answer = recognise(client, learned["key"], images[0, 0])
    assert best(answer) == "ka" and answer.json()["memory"] is None
