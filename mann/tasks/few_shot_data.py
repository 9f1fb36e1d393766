"""The data of few-shot tasks: invented characters, Omniglot, and images of your own."""

import contextlib
import warnings

import numpy as np

import episodes
from mann_config.errors import UserError
from mann_config.image_form import get_image_form
from mann_config.model_fields import EPISODIC_MODELS
from mann_config.plugins import call_named, is_import_path

# The most that an episode has where the data decide: classes, of models that compare any number of
# them and of others, then images of a class.
_MOST_WAYS, _WAYS = 20, 5
_MOST_SHOTS, _MOST_QUERIES, _MOST_INSTANCES = 5, 15, 10
# Fields that say what to read where no function does, with their defaults.
_OF_A_FOLDER = {"path": "", "split": "hash", "split_seed": 0}
# Half of the pixels at the edges of drawings of ink on zero are darker, of 255.
_DARK = 32


def check_ways(splits, config):
    """Raises UserError if a split has fewer classes than an episode."""
    for split, dataset in splits._asdict().items():
        if dataset.num_classes < config.ways:
            field = f"num_{split}_classes"
            more = f" or raise --config.task.{field}" if field in config else ""
            raise UserError(
                f"--config.task.ways is {config.ways}, but the number of {split} classes is only "
                f"{dataset.num_classes}: lower it{more}."
            )


def make_characters(config, seed):
    """Returns the splits of characters invented from `seed`."""
    counts = (config.num_train_classes, config.num_validation_classes, config.num_test_classes)
    if min(counts) < 0:
        raise ValueError(f"the numbers of classes must be 0 or more. Received: {counts}.")
    everything = episodes.generate_characters(sum(counts), seed, image_size=config.image_size)
    first, second = counts[0], counts[0] + counts[1]
    return episodes.Splits(
        everything.select(range(first)),
        everything.select(range(first, second)),
        everything.select(range(second, sum(counts))),
    )


def load_omniglot(config, seed):
    """Returns the splits of Omniglot, whatever the seed."""
    return episodes.load_omniglot(
        image_size=config.image_size,
        split=config.split,
        num_validation_classes=config.num_validation_classes,
    )


def load_images(config, seed):
    """Returns the splits of a folder of images, or those that a function of the user's returns."""
    if config.splits:
        return _call_for_splits(config, seed)
    if not config.path:
        raise ValueError(
            "path is empty: name a folder of images, class/image.png, such as "
            "--config.task.path=my_folder."
        )
    form = get_image_form(config)
    with _print_warnings():
        return episodes.load_image_splits(
            config.path,
            config.split,
            config.split_seed,
            image_size=form.size,
            color=form.color,
            invert=form.invert,
            max_per_class=config.images_per_class,
        )


def _call_for_splits(config, seed):
    given = [
        f"task.{name}={config[name]}"
        for name, usual in _OF_A_FOLDER.items()
        if config[name] != usual
    ]
    if given:
        print(f"{', '.join(given)}: what they mean is up to task.splits={config.splits}.")
    splits = call_named(config.splits, "--config.task.splits", config, seed)
    if not isinstance(splits, episodes.Splits):
        raise ValueError(
            f"splits={config.splits} must return episodes.Splits. Received: "
            f"{type(splits).__name__}."
        )
    shape = get_image_form(config).shape
    for part, dataset in splits._asdict().items():
        if dataset.image_shape != shape:
            raise ValueError(
                f"splits={config.splits} returned {part} images of shape {dataset.image_shape}, "
                f"where image_size={config.image_size} and image_mode={config.image_mode} ask for "
                f"{shape}: set these two."
            )
    return splits


def load_tfds(config, seed):
    """Returns the splits of a data set of TensorFlow Datasets."""
    dataset = config.dataset
    if not dataset:
        raise ValueError("dataset is empty: name one, such as --config.task.dataset=kmnist.")
    if is_import_path(dataset):
        dataset = call_named(dataset, "--config.task.dataset")
        if not hasattr(dataset, "as_dataset"):
            raise ValueError(
                f"dataset={config.dataset} must return a tfds.core.DatasetBuilder. Received: "
                f"{type(dataset).__name__}."
            )
    form = get_image_form(config)
    with _print_warnings():
        dataset = episodes.load_tfds(
            dataset, form.size, form.color, form.invert, config.images_per_class
        )
    return episodes.split_dataset(dataset, config.split, config.split_seed)


# From the name of a task to the function that returns its splits.
SPLIT_BUILDERS = {
    "characters": make_characters,
    "omniglot": load_omniglot,
    "images": load_images,
    "tfds": load_tfds,
}


@contextlib.contextmanager
def _print_warnings():
    """Prints each warning as one line, without the line of code that it came from."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                print(f"Warning: {warning.message}")


def fill_in(config, splits):
    """Sets the fields of a few-shot config that are `None` to what its data say.

    Args:
        config: an experiment's config, which is changed.
        splits: its `episodes.Splits`.

    Raises:
        UserError: if a split has fewer than two classes.
    """
    task, model = config.task, config.model.name
    for part, dataset in splits._asdict().items():
        if dataset.num_classes < 2:
            raise UserError(
                f"--config.task: the number of {part} classes is {dataset.num_classes}, and an "
                "episode needs 2 or more: add some that no other part has."
            )
    classes = min(dataset.num_classes for dataset in splits)
    images = min(int(dataset.counts.min()) for dataset in splits)
    any_ways = model in EPISODIC_MODELS and model != "maml"
    shots = min(_MOST_SHOTS, images // 2, images - (task.queries or 1))
    allowed = {
        "ways": min(classes, _MOST_WAYS if any_ways else _WAYS),
        "shots": max(1, shots),
        "instances": min(_MOST_INSTANCES, images),
        "ink": not get_image_form(task).color and _has_dark_border(splits.train),
    }
    for field, value in allowed.items():
        if field in task and task[field] is None:
            task[field] = value
    if task.queries is None:
        task.queries = min(_MOST_QUERIES, max(1, images - task.shots))


def _has_dark_border(dataset):
    images = dataset.images[:, 0]
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return bool(np.median(np.concatenate(edges, axis=1)) < _DARK)
