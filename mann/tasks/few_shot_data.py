"""The data of few-shot tasks: invented characters, and Omniglot."""

import episodes
from mann_config.errors import UserError


def check_ways(splits, config):
    """Raises UserError if a split has fewer classes than an episode."""
    for split, dataset in splits._asdict().items():
        if dataset.num_classes < config.ways:
            field = f"num_{split}_classes"
            more = f" or raise --config.task.{field}" if field in config else ""
            raise UserError(
                f"--config.task.ways is {config.ways}, but there are only {dataset.num_classes} "
                f"{split} classes: lower it{more}."
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


# From the name of a task to the function that returns its splits.
SPLIT_BUILDERS = {"characters": make_characters, "omniglot": load_omniglot}
