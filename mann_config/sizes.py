"""Lower bounds of the sizes of a run, from its config: those of its examples and of its model.

The bounds count the parts that grow with the fields of the config, and leave out the others.
"""

import math
import os
from typing import NamedTuple

from mann_config.fields import (
    ALGORITHMIC_TASKS,
    CHOMSKY_TASKS,
    FEW_SHOT_TASKS,
    GRAPH_TASKS,
)
from mann_config.image_form import get_image_form
from mann_config.model_fields import EPISODIC_MODELS, MEMORIES
from mann_config.plugins import is_import_path

# Drawings of a character, and characters of Omniglot.
_DRAWINGS, _OMNIGLOT_CLASSES = 20, 1623
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
# Classes of an episode, where the data are still to decide.
_WAYS = 5
# Guesses for stories, whose sizes are unknown until they are read: words of a story, different
# words of all stories, and bytes of a story as text.
_WORDS, _VOCABULARY, _STORY_BYTES = 10, 20, 1000
_FLOAT_BYTES = 4


class ExampleSizes(NamedTuple):
    """Sizes of a task.

    Attributes:
        bytes: bytes of all examples that are in memory at once.
        features: numbers at each step.
        steps: steps of the longest sequence to train on, or images of an episode that is not a
            sequence.
        measured_steps: steps of the longest sequence to measure, or 0 if that is not longer.
    """

    bytes: int
    features: int
    steps: int
    measured_steps: int = 0


class LayerSizes(NamedTuple):
    """Sizes of a model.

    Attributes:
        weights: numbers of all weights.
        states: numbers that a step of one example saves for its gradient.
        row: numbers that one example saves for its gradient besides those of its steps.
    """

    weights: int
    states: int
    row: int = 0


def estimate_examples(config, levels=None):
    """Returns the `ExampleSizes` of a config.

    Args:
        config: dict, as `complete_config` returns it.
        levels: dict from an axis of difficulty to the levels to measure. Defaults to `None`: those
            of the config.
    """
    task, model = config["task"], config["model"]
    if task["name"] in FEW_SHOT_TASKS:
        return _estimate_few_shot(task, model["name"])
    if task["name"] == "functions":
        # The covariance relates each point to all points.
        return ExampleSizes(0, task["dimensions"] + 2 * task["num_points"], task["num_points"])
    if task["name"] == "text":
        return ExampleSizes(0, model["embedding"], task["chunk_length"])
    if task["name"] == "babi":
        return _estimate_stories(task, model)
    if is_import_path(task["name"]):
        return ExampleSizes(0, 1, 1)
    levels = levels or task["test_levels"]
    if task["name"] in GRAPH_TASKS:
        steps = max(lesson[0] for lesson in task["lessons"]) + task["planning"]
        return ExampleSizes(0, 30 * task["digits"], steps, max(levels.get("size", (0,))))
    if task["name"] in ALGORITHMIC_TASKS or task["name"] in CHOMSKY_TASKS:
        contexts = 2 ** (task["n"] - 1) * _FLOAT_BYTES if "n" in task else 0
        return ExampleSizes(contexts, _count_bits(task), *_find_longest(task, levels))
    raise ValueError(f"Unknown task {task['name']!r}.")


def _estimate_few_shot(task, model):
    # The images themselves, and the copies that episodes are sampled from.
    copies = 1 + (4 if task["rotations"] else 1)
    pixels, ways = math.prod(get_image_form(task).shape), task["ways"] or _WAYS
    if model in EPISODIC_MODELS:
        steps = ways * ((task["shots"] or 1) + (task["queries"] or 1))
    else:
        steps = ways * (task["instances"] or 1) * task["consecutive"]
    return ExampleSizes(copies * _count_images(task) * pixels, pixels + ways, steps)


def _count_images(task):
    if task["name"] == "characters":
        parts = (task[f"num_{part}_classes"] for part in ("train", "validation", "test"))
        return _DRAWINGS * sum(parts)
    if task["name"] == "omniglot":
        return _DRAWINGS * _OMNIGLOT_CLASSES
    if task["name"] == "images":
        # Each folder with images is a class, which takes as much as the largest.
        counts = [_count_image_files(files) for _, _, files in os.walk(task["path"])]
        largest = min(max(counts, default=0), task["images_per_class"] or math.inf)
        return largest * sum(count > 0 for count in counts)
    return 0


def _count_image_files(names):
    return sum(name.lower().endswith(_IMAGE_SUFFIXES) and name[0] != "." for name in names)


def _estimate_stories(task, model):
    count = 1 if task["path"] else task["generated"] * max(len(task["tasks"]), 1)
    if model["name"] == "memory_network":
        num_bytes = count * (_STORY_BYTES + task["sentences"] * _FLOAT_BYTES)
        return ExampleSizes(num_bytes, model["units"], task["sentences"])
    return ExampleSizes(count * _STORY_BYTES, model["embedding"], _WORDS)


def _count_bits(task):
    names = ("bits", "kinds", "key_bits", "value_bits")
    return sum(task[name] for name in names if name in task) or 1


def _find_longest(task, levels):
    """Returns the steps of the longest sequence to train on, and of the longest to measure."""
    highest = {axis: task[axis][1] for axis in ("length", "repeats", "items") if axis in task}
    measured = ({axis: max(levels[axis])} for axis in highest if axis in levels)
    lengths = [math.prod((highest | level).values()) for level in ({}, *measured)]
    return lengths[0], max(lengths)


def estimate_layers(config):
    """Returns the `LayerSizes` of a config's model."""
    model, name = config["model"], config["model"]["name"]
    encoder, inputs = _estimate_encoder(config)
    if name in MEMORIES:
        layers = _estimate_memory(model, inputs, config["task"])
    elif name == "lstm":
        sizes = inputs + model["units"] + 2 * model["units"] * (model["num_layers"] - 1)
        layers = LayerSizes(4 * model["units"] * sizes, 2 * model["units"] * model["num_layers"])
    elif name == "feedforward":
        layers = LayerSizes(model["units"] * inputs, model["units"])
    elif name == "memory_network":
        tables = model["units"] * (model["num_hops"] + 1)
        layers = LayerSizes(tables * (_VOCABULARY + config["task"]["sentences"]), tables)
    elif is_import_path(name):
        layers = LayerSizes(0, 0)
    else:
        # Each step of adaptation saves weights of its own.
        row = model["inner_steps"] * encoder.weights if name == "maml" else 0
        layers = LayerSizes(0, 0, row)
    return LayerSizes(*(sum(pair) for pair in zip(encoder, layers, strict=True)))


def _estimate_memory(model, inputs, task):
    if model["name"] == "fast_weights":
        return _estimate_fast_weights(model, inputs)
    units, slots, width = model["units"], model["memory_size"], model["word_size"]
    heads = model["num_read_heads"]
    output = units + heads * width
    if model["name"] in ("ntm", "dnc"):
        heads += model["num_write_heads"]
    # From the input and the fed-back output to the gates; then from the hidden state, and maybe the
    # input, to the keys and words.
    kernel = 4 * units * (inputs + output)
    if model["controller"] == "feedforward":
        kernel = units * (inputs + output - units)
    seen = units + (inputs if model["input_to_interface"] else 0)
    weights = kernel + seen * heads * width
    memory = slots * (width + heads)
    if model["name"] == "sam":
        # A step saves the slots that it touches. A memory that starts empty has no others.
        carried = "chunk_length" in task or task["name"] in GRAPH_TASKS
        return LayerSizes(weights, output, memory if carried else 0)
    if model["name"] == "dnc" and model["links"]:
        # Of 16 bits each.
        memory += model["num_write_heads"] * slots**2 // 2
    return LayerSizes(weights, output + memory)


def _estimate_fast_weights(model, inputs):
    units, width, relation = model["units"], model["word_size"], model["relation_size"]
    reads, count = model["num_reads"], model["num_layers"]
    output = units + reads * width
    # Of all layers together: each sees the outputs of those before it, too.
    seen = count * inputs + output * count * (count - 1) // 2
    kernels = units * seen
    if model["controller"] == "lstm":
        kernels = 4 * units * (seen + count * units)
    heads = count * units + (seen if model["input_to_interface"] else 0)
    weights = kernels + heads * (3 * width + (3 + reads) * relation)
    # The memory itself is kept once for all steps.
    return LayerSizes(weights, count * output, count * width**2 * relation)


def _estimate_encoder(config):
    """Returns the `LayerSizes` of the image encoder, and the features that it makes of a step."""
    task, model = config["task"], config["model"]
    if task["name"] not in FEW_SHOT_TASKS:
        return LayerSizes(0, 0), estimate_examples(config).features
    encoder, size, ways = model["encoder"], task["image_size"], task["ways"] or _WAYS
    copies = 2 if encoder["repeat_previous"] else 1
    pixels = math.prod(get_image_form(task).shape)
    if encoder["name"] == "none":
        head = pixels * ways if model["name"] == "maml" else 0
        return LayerSizes(head, 0), pixels * copies + ways
    filters = encoder["filters"]
    convolutions = 9 * (filters + 13 * filters**2) // 2
    last = 2 * filters * math.ceil(size / 16) ** 2 * encoder["features"]
    activations = size**2 * filters // 2 if encoder["trainable"] else 0
    return LayerSizes(convolutions + last, activations), encoder["features"] * copies + ways
