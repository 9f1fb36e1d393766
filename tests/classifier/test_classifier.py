"""FewShotClassifier in an application, and its errors on bad input."""

import json

import numpy as np
import pytest
from answers import LABELS
from sklearn.base import clone

import mann
from episodes import generate_characters
from mann.pretrained import load_predictor, unpack
from mann.training import UserError, train_and_evaluate
from mann_config.pretrained import PRETRAINED, few_shot_names


def support_of(images, shots=2):
    return images[:, :shots].reshape(-1, *images.shape[2:])


@pytest.mark.parametrize("name", few_shot_names())
def test_pretrained_models_learn_classes_they_never_saw(name):
    side = load_predictor(name)[1].size
    images = generate_characters(5, seed=9, num_drawings=6, image_size=side).images
    labels = LABELS.repeat(2)
    classifier = mann.FewShotClassifier(name).fit(support_of(images), labels)
    assert classifier.classes_.tolist() == ["ga", "gha", "ka", "kha", "na"]
    queries = images[:, 2:].reshape(-1, side, side)
    probabilities = classifier.predict_proba(queries)
    assert probabilities.shape == (20, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    answers = classifier.predict(queries)
    np.testing.assert_array_equal(answers, classifier.classes_[probabilities.argmax(axis=1)])
    asked = LABELS.repeat(4)
    assert classifier.score(queries, asked) > 0.8
    card = json.loads((PRETRAINED / name / "card.json").read_text())
    assert card["command"].startswith("mann train") and card["test_classes_sha256"]
    # Floats from 0 to 1 are the same images.
    again = clone(classifier).fit(support_of(images) / 255, labels)
    np.testing.assert_allclose(again.predict_proba(queries / 255), probabilities, atol=1e-4)


def test_a_query_is_answered_alike_alone_and_among_others(classifier, queries):
    together = classifier.predict_proba(queries)
    for number in (1, 3, 9):
        parts = [queries[first : first + number] for first in range(0, 18, number)]
        apart = np.concatenate([classifier.predict_proba(part) for part in parts])
        np.testing.assert_allclose(apart, together[:18], atol=1e-4)


@pytest.mark.parametrize("model", ["lrua", "prototypical"])
def test_loads_the_workdir_of_a_run(model, trained_run, small_config, tmp_path, images):
    path = trained_run
    if model == "prototypical":
        path = tmp_path / "run"
        encoder = {"model__encoder__name": "conv", "model__encoder__filters": 16}
        config = small_config(model__name=model, task__shots=1, task__queries=2, **encoder)
        train_and_evaluate(config, path)
    classifier = mann.FewShotClassifier(str(path))
    small = generate_characters(3, num_drawings=3, image_size=12).images
    classifier.fit(support_of(small, 1), [30, 10, 20])
    assert set(classifier.predict(small.reshape(9, 12, 12))) <= {10, 20, 30}
    with pytest.raises(ValueError, match="`X` must hold images of 12 x 12 pixels"):
        classifier.fit(support_of(images), np.repeat(range(5), 2))


def test_a_pretrained_model_never_overwrites_a_run(trained_run, tmp_path):
    before = {path: path.read_bytes() for path in trained_run.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="belongs to another config"):
        unpack("omniglot_5way", trained_run)
    assert before == {path: path.read_bytes() for path in trained_run.rglob("*") if path.is_file()}
    unpack("omniglot_5way", tmp_path / "new")
    unpack("omniglot_5way", tmp_path / "new")
    model = tmp_path / "new" / "model.keras"
    assert model.stat().st_size > 1_000_000
    model.write_bytes(b"trained further")
    with pytest.raises(UserError, match="is not the pretrained omniglot_5way"):
        unpack("omniglot_5way", tmp_path / "new")
    assert model.read_bytes() == b"trained further"


def test_a_pretrained_model_of_another_task_is_refused(images):
    with pytest.raises(UserError, match="trained on copy, not on few-shot .*: characters_5way.*om"):
        mann.FewShotClassifier("copy").fit(support_of(images), LABELS.repeat(2))


def test_bad_input(images, tmp_path):
    support, labels = support_of(images), np.repeat(range(5), 2)
    classifier = mann.FewShotClassifier("omniglot_5way")
    with pytest.raises(ValueError, match="call fit"):
        classifier.predict(support)
    with pytest.raises(ValueError, match="at most 5 classes.*Received: 6"):
        classifier.fit(support, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3])
    with pytest.raises(ValueError, match="one label for each image"):
        classifier.fit(support, labels[:-1])
    with pytest.raises(ValueError, match="`X` must hold at least one image"):
        classifier.fit(support[:0], labels[:0])
    with pytest.raises(ValueError, match="`X` .*without NaN"):
        classifier.fit(np.full((10, 28, 28), np.nan), labels)
    with pytest.raises(ValueError, match="Divide by 255"):
        classifier.fit(support.astype(float), labels)
    with pytest.raises(ValueError, match="28 x 28.*Resize them"):
        classifier.fit(support[:, :27], labels)
    with pytest.raises(ValueError, match="28 x 28.*image.None."):
        classifier.fit(support[0], labels)
    with pytest.raises(ValueError, match="28 x 28.*without an axis of channels"):
        classifier.fit(support[..., None], labels)
    with pytest.raises(ValueError, match="`y` must hold labels of one kind.*int, str"):
        classifier.fit(support, [1, "1"] * 5)
    with pytest.raises(UserError, match="neither the workdir of a run"):
        mann.FewShotClassifier(str(tmp_path)).fit(support, labels)
    with pytest.raises(UserError, match="nothing.*these are .*omniglot_5way"):
        mann.FewShotClassifier("nothing").fit(support, labels)
    classifier.fit(support, labels)
    with pytest.raises(ValueError, match="28 x 28"):
        classifier.predict(support.reshape(10, -1))
    with pytest.raises(ValueError, match="`X` must hold at least one image"):
        classifier.predict(support[:0])
