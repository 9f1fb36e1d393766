"""What the models have learned of the examples of a page, and what they say of its drawings."""

import secrets
from collections import OrderedDict

import numpy as np

from mann.classifier.support import Support
from mann.pretrained import load_predictor
from mann_draw.errors import RequestError
from mann_draw.memory_view import view_memory
from mann_draw.pictures import read_drawing

MOST_EXAMPLES = 200
_LONGEST_NAME = 40


def open_model(name):
    """Loads a model, and has all compiled that it will run; returns what a page shows of it."""
    predictor, form = load_predictor(name)
    # As many as a page may come to: models are compiled for steps of 8 and of 1.
    blank = np.zeros((9, *form.shape), np.uint8)
    Learned(name, blank, ["a", "b"] + ["b"] * 7).recognise(blank[0])
    return {"ways": predictor.most_ways}


def read_examples(examples, model):
    """Returns the images and the names that a page sent, as `Learned` takes them.

    Args:
        examples: list of dicts with `name`, a text, and `drawing`, a data URL.
        model: name or path of the model.

    Raises:
        RequestError: if they are not such examples, or too many.
    """
    if not isinstance(examples, list) or not all(isinstance(one, dict) for one in examples):
        raise RequestError("The examples must be a list, each with a name and a drawing.")
    if not 1 <= len(examples) <= MOST_EXAMPLES:
        raise RequestError(
            f"There must be from 1 to {MOST_EXAMPLES} examples. Received: {len(examples)}."
        )
    names = [example.get("name") for example in examples]
    for name in names:
        if not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST_NAME:
            raise RequestError(f"A name must have from 1 to {_LONGEST_NAME} letters.")
    size = load_predictor(model)[1].size
    images = np.stack([read_drawing(example.get("drawing"), size) for example in examples])
    for name, image in zip(names, images, strict=True):
        if not image.any():
            raise RequestError(f"An example of {name!r} shows no ink: draw it first.")
    return images, names


class Learned:
    """The examples of a page, as a model learned them.

    Args:
        model: name of a pretrained model, or path of the workdir of a run.
        images: uint8 `(num_images, size, size)`.
        names: list of the names of their classes.

    Raises:
        RequestError: if there are more classes than the model can distinguish.
    """

    def __init__(self, model, images, names):
        self.model = model
        classes, numbers = np.unique(names, return_inverse=True)
        most = load_predictor(model)[0].most_ways
        if most is not None and len(classes) > most:
            raise RequestError(
                f"This model can tell {most} classes apart, not {len(classes)}: remove a class, or "
                "choose a model of more."
            )
        self._support = Support(model, images, classes, numbers)
        self._view = view_memory(self._support)

    @property
    def size(self):
        """Side of the images, in pixels."""
        return self._support.form.size

    def look(self, image):
        """Returns what the memory does with a drawing, or `None`; see `MemoryView.look`."""
        return self._view and self._view.look(image)

    def recognise(self, image):
        """Returns what the model says of a drawing.

        Args:
            image: uint8 `(size, size)`.

        Returns:
            Dict of `probabilities`, from the name of a class to its probability; `similarity`, to
            the example most similar; `threshold`, the least similarity of a drawing that is of one
            of the classes, or `None` if there is only one; `memory`, as `look` returns it.
        """
        support = self._support
        probabilities = np.exp(support.score(image[None])[0])
        several = len(support.classes) > 1
        return {
            "probabilities": dict(
                zip(support.classes.tolist(), probabilities.tolist(), strict=True)
            ),
            "similarity": float(support.measure_similarities(image[None])[0]),
            "threshold": support.threshold if several else None,
            "memory": self.look(image),
        }


class LearnedStore:
    """Keeps the newest `Learned`, each under a key that only the page that taught it knows.

    Args:
        most: how many to keep. Defaults to `64`.
    """

    def __init__(self, most=64):
        self._most = most
        self._kept = OrderedDict()

    def add(self, learned):
        """Returns the new key of a `Learned`; the one used least recently may be dropped."""
        key = secrets.token_urlsafe(16)
        self._kept[key] = learned
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return key

    def get(self, key):
        """Returns the `Learned` of a key.

        Raises:
            RequestError: with the status 410, by which a page knows to teach its examples again, if
                there is none.
        """
        if not isinstance(key, str) or key not in self._kept:
            raise RequestError("The server has forgotten the examples: teach them again.", 410)
        self._kept.move_to_end(key)
        return self._kept[key]
