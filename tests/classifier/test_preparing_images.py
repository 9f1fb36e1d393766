"""FewShotClassifier prepares images of any size and polarity, and says which may be wrong."""

import numpy as np
import pytest
from answers import LABELS, same_answers
from PIL import Image

import mann


def dark_on_light(images):
    """Returns the drawings as pages of other sizes, dark on light, in colour."""
    pages = []
    for number, image in enumerate(images):
        page = np.pad(np.kron(image, np.ones((3, 3))), ((number, 40), (9, 7 * number)))
        pages.append((230 - 0.7 * page[..., None] * [1, 0.9, 0.3]).astype("uint8"))
    return pages


def test_prepares_pages_of_any_size_and_polarity(images, support, queries, tmp_path):
    classifier = mann.FewShotClassifier(prepare=True).fit(dark_on_light(support), LABELS.repeat(2))
    expected = LABELS.repeat(4)
    assert classifier.score(queries, expected) > 0.8
    np.testing.assert_array_equal(classifier.predict(255 - queries), classifier.predict(queries))
    pages = dark_on_light(queries)
    assert np.mean(classifier.predict(pages) == expected) > 0.8
    Image.fromarray(pages[0]).save(tmp_path / "page.png")
    mixed = [str(tmp_path / "page.png"), tmp_path / "page.png", Image.fromarray(pages[0]), pages[0]]
    expected = classifier.predict_proba(pages[:1]).repeat(4, axis=0)
    np.testing.assert_allclose(classifier.predict_proba(mixed), expected, atol=1e-5)
    # Alike, whether shown at once or later.
    shown, labels = dark_on_light(support), LABELS.repeat(2)
    later = mann.FewShotClassifier(prepare=True).fit(shown[:4], labels[:4])
    same_answers(later.partial_fit(shown[4:], labels[4:]), classifier, pages)


def test_wrong_polarity_and_photographs_warn(images, support, queries):
    labels = LABELS.repeat(2)
    half = np.concatenate([support[:6], 255 - support[6:]])
    with pytest.warns(UserWarning, match="4 images, of 10, on a bright.*prepare=True") as said:
        classifier = mann.FewShotClassifier().fit(half, labels)
    assert said[0].filename == __file__
    with pytest.warns(UserWarning, match="20 images, of 20"):
        classifier.predict(1 - queries / 255)
    noise = np.random.default_rng(0).uniform(size=(2, 28, 28))
    prepared = mann.FewShotClassifier(prepare=True).fit(support, labels)
    asked = [support[0], *noise, np.zeros((5, 5))]
    with pytest.warns(UserWarning) as said:
        prepared.predict_proba(asked)
    messages = sorted(str(warning.message) for warning in said)
    assert [message[:62] for message in messages] == [
        "Argument `X`: 1 of 4 images may be wrong, such as number 3: it",
        "Argument `X`: 2 of 4 images may be wrong, such as number 1: it",
    ]
    assert "no ink" in messages[0] and "no clear paper" in messages[1]
    assert said[0].filename == __file__


def test_bad_images_to_prepare(support, tmp_path):
    classifier = mann.FewShotClassifier(prepare=True)
    for single in ("page.png", tmp_path, Image.fromarray(support[0]), support[0]):
        with pytest.raises(ValueError, match="`X` must hold images. Received: only one"):
            classifier.fit(single, ["a"])
    with pytest.raises(ValueError, match="`X` must hold at least one image"):
        classifier.fit([], [])
    with pytest.raises(ValueError, match="Image 1 of argument `X`: .*Received: NaN"):
        classifier.fit([support[0], np.full((5, 5), np.nan)], ["a", "b"])
    with pytest.raises(ValueError, match=r"their shape: X.reshape\(-1, 28, 28\)"):
        mann.FewShotClassifier().fit(support.reshape(10, -1), LABELS.repeat(2))
