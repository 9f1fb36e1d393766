"""The least that the parts of a run hold, by its config: of the examples, and of the model.

These are bounds from below, of what grows with the fields: what they leave out does not.
"""

import math
from typing import NamedTuple

from mann_config.fields import (
    ALGORITHMIC_TASKS,
    EPISODIC_MODELS,
    FEW_SHOT_TASKS,
    GRAPH_TASKS,
    MEMORIES,
)

# Drawings of a character, and characters of Omniglot.
_DRAWINGS, _OMNIGLOT_CLASSES = 20, 1623
# Of stories, which are not known before they are read: words, different ones, bytes of one as text.
_WORDS, _VOCABULARY, _STORY_BYTES = 10, 20, 1000
_FLOAT_BYTES = 4


class Examples(NamedTuple):
    """Sizes of a task.

    Attributes:
        bytes: of all examples that are in memory at once.
        features: numbers at each step.
        steps: of the longest sequence to train on; the images of an episode that is none.
        measured_steps: of the longest sequence to measure, or 0 if it is no longer.
    """

    bytes: int
    features: int
    steps: int
    measured_steps: int = 0


class Layers(NamedTuple):
    """Sizes of a model.

    Attributes:
        weights: numbers.
        states: numbers that a step of one row of a batch leaves for its gradient.
        row: numbers that a row leaves for its gradient beside those of its steps.
    """

    weights: int
    states: int
    row: int = 0


def examples_of(config, levels=None):
    """Returns the `Examples` of a config.

    Args:
        config: dict, as `completed` returns it.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of the config.
    """
    task, model = config["task"], config["model"]
    if task["name"] in FEW_SHOT_TASKS:
        return _few_shot(task, model["name"])
    if task["name"] == "functions":
        # A point sees all others, through their covariance.
        return Examples(0, task["dimensions"] + 2 * task["num_points"], task["num_points"])
    if task["name"] == "text":
        return Examples(0, model["embedding"], task["chunk_length"])
    if task["name"] == "babi":
        return _stories(task, model)
    levels = levels or task["test_levels"]
    if task["name"] in GRAPH_TASKS:
        steps = max(lesson[0] for lesson in task["lessons"]) + task["planning"]
        return Examples(0, 30 * task["digits"], steps, max(levels.get("size", (0,))))
    if task["name"] in ALGORITHMIC_TASKS:
        contexts = 2 ** (task["n"] - 1) * _FLOAT_BYTES if "n" in task else 0
        return Examples(contexts, task.get("bits", task.get("kinds", 1)), *_lengths(task, levels))
    raise ValueError(f"there is no task {task['name']!r}")


def _few_shot(task, model):
    classes = _OMNIGLOT_CLASSES
    if task["name"] == "characters":
        classes = sum(task[f"num_{split}_classes"] for split in ("train", "validation", "test"))
    # The drawings themselves, and those that episodes are drawn from.
    copies = 1 + (4 if task["rotations"] else 1)
    pixels = task["image_size"] ** 2
    if model in EPISODIC_MODELS:
        steps = task["ways"] * (task["shots"] + task["queries"])
    else:
        steps = task["ways"] * task["instances"] * task["consecutive"]
    return Examples(copies * classes * _DRAWINGS * pixels, pixels + task["ways"], steps)


def _stories(task, model):
    count = 1 if task["path"] else task["generated"] * max(len(task["tasks"]), 1)
    if model["name"] == "memory_network":
        held = count * (_STORY_BYTES + task["sentences"] * _FLOAT_BYTES)
        return Examples(held, model["units"], task["sentences"])
    return Examples(count * _STORY_BYTES, model["embedding"], _WORDS)


def _lengths(task, levels):
    """Returns the steps of the longest sequence to train on, and of the longest to measure."""
    highest = {axis: task[axis][1] for axis in ("length", "repeats", "items") if axis in task}
    measured = ({axis: max(levels[axis])} for axis in highest if axis in levels)
    lengths = [math.prod((highest | level).values()) for level in ({}, *measured)]
    return lengths[0], max(lengths)


def layers_of(config):
    """Returns the `Layers` of a config's model."""
    model, name = config["model"], config["model"]["name"]
    encoder, inputs = _encoder(config)
    if name in MEMORIES:
        layers = _memory(model, inputs)
    elif name == "lstm":
        sizes = inputs + model["units"] + 2 * model["units"] * (model["num_layers"] - 1)
        layers = Layers(4 * model["units"] * sizes, 2 * model["units"] * model["num_layers"])
    elif name == "feedforward":
        layers = Layers(model["units"] * inputs, model["units"])
    elif name == "memory_network":
        tables = model["units"] * (model["num_hops"] + 1)
        layers = Layers(tables * (_VOCABULARY + config["task"]["sentences"]), tables)
    else:
        # Each step of adaptation leaves weights of its own.
        row = model["inner_steps"] * encoder.weights if name == "maml" else 0
        layers = Layers(0, 0, row)
    return Layers(*(sum(pair) for pair in zip(encoder, layers, strict=True)))


def _memory(model, inputs):
    units, slots, width = model["units"], model["memory_size"], model["word_size"]
    heads = model["num_read_heads"]
    output = units + heads * width
    links = 0
    if model["name"] != "lrua":
        heads += model["num_write_heads"]
    if model["name"] == "dnc" and model["links"]:
        # Of 16 bits each.
        links = model["num_write_heads"] * slots**2 // 2
    # What comes in and is fed back, to the gates; what the interface sees, to its keys and words.
    kernel = 4 * units * (inputs + output)
    if model["controller"] == "feedforward":
        kernel = units * (inputs + output - units)
    seen = units + (inputs if model["input_to_interface"] else 0)
    weights = kernel + seen * heads * width
    return Layers(weights, output + slots * (width + heads) + links)


def _encoder(config):
    """Returns the `Layers` of the encoder of images, and the numbers that it makes of a step."""
    task, model = config["task"], config["model"]
    if task["name"] not in FEW_SHOT_TASKS:
        return Layers(0, 0), examples_of(config).features
    encoder, size, ways = model["encoder"], task["image_size"], task["ways"]
    if encoder["name"] == "none":
        head = size**2 * ways if model["name"] == "maml" else 0
        return Layers(head, 0), size**2 + ways
    filters = encoder["filters"]
    convolutions = 9 * (filters + 13 * filters**2) // 2
    last = 2 * filters * math.ceil(size / 16) ** 2 * encoder["features"]
    kept = size**2 * filters // 2 if encoder["trainable"] else 0
    return Layers(convolutions + last, kept), encoder["features"] + ways
