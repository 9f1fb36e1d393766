"""The form of the images of a few-shot config: what a model of it takes."""

from typing import NamedTuple


class ImageForm(NamedTuple):
    """The form that images have for a model.

    Attributes:
        size: height and width in pixels.
        color: whether there are three channels of colour.
        invert: whether light and dark were swapped, as files have them the other way round.
        ink: whether they are ink on zero, as `episodes.prepare_drawing` makes it.
        files: whether files become such images by being read alone, without being prepared.
    """

    size: int
    color: bool
    invert: bool
    ink: bool
    files: bool

    @property
    def shape(self):
        return (self.size, self.size, 3) if self.color else (self.size, self.size)


def get_image_form(task):
    """Returns the `ImageForm` of the `task` part of a few-shot config.

    >>> get_image_form({"name": "images", "image_size": 32, "image_mode": "color"}).shape
    (32, 32, 3)
    """
    return ImageForm(
        task["image_size"],
        task.get("image_mode", "grey") == "color",
        task.get("invert", False),
        bool(task.get("ink", True)),
        "image_mode" in task,
    )
