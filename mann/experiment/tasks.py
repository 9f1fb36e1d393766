"""Builds the episodes of an experiment from its config."""

from typing import NamedTuple

import keras

import episodes
from mann.experiment.errors import UserError, missing_field

# The streams of episodes drawn from one seed.
TRAIN, VALIDATION, TEST = range(3)


class Task(NamedTuple):
    """The samplers of an experiment, and the hash of the classes behind each."""

    train: episodes.SequenceSampler
    validation: episodes.SequenceSampler
    test: episodes.SequenceSampler
    class_hashes: dict


def _characters(config, seed):
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


def _omniglot(config, seed):
    return episodes.load_omniglot(
        image_size=config.image_size,
        split=config.split,
        num_validation_classes=config.num_validation_classes,
    )


TASK_BUILDERS = {"characters": _characters, "omniglot": _omniglot}


def build_task(config, seed, test_seed=0):
    """Returns the samplers of train, validation and test episodes.

    Args:
        config: the `task` part of an experiment's config.
        seed: of the training and validation episodes.
        test_seed: of the test episodes, the same for every run unless asked otherwise.

    Raises:
        UserError: if the config names no known task or split, asks for more than the data holds,
            or the data cannot be had.
    """
    if config.name not in TASK_BUILDERS:
        raise UserError(
            f"Unknown task {config.name!r}: set --config.task.name to one of "
            f"{', '.join(TASK_BUILDERS)}."
        )
    augmentation = None
    try:
        splits = TASK_BUILDERS[config.name](config, seed)
        _check_ways(splits, config)
        if config.max_rotation or config.max_shift:
            augmentation = episodes.Augmentation(config.max_rotation, config.max_shift)

        def sampler(dataset, *stream, augmentation=None):
            return episodes.SequenceSampler(
                dataset,
                ways=config.ways,
                instances=config.instances,
                seed=stream,
                rotations=config.rotations,
                augmentation=augmentation,
            )

        return Task(
            sampler(splits.train, seed, TRAIN, augmentation=augmentation),
            sampler(splits.validation, seed, VALIDATION),
            sampler(splits.test, test_seed, TEST),
            splits.hashes(),
        )
    except (ValueError, episodes.DataError) as error:
        raise UserError(f"--config.task: {error}") from error
    except AttributeError as error:
        raise missing_field("config.task", error) from error


def _check_ways(splits, config):
    for split, dataset in splits._asdict().items():
        if dataset.num_classes < config.ways:
            field = f"num_{split}_classes"
            more = f" or raise --config.task.{field}" if field in config else ""
            raise UserError(
                f"--config.task.ways is {config.ways}, but there are {dataset.num_classes} "
                f"{split} classes: lower it{more}."
            )


class TrainingBatches(keras.utils.PyDataset):
    """The training batches of steps `first_step` to `last_step`, prepared ahead of the step.

    Args:
        sampler: where episodes come from; batch i of any run holds the same ones.
        batch_size: episodes in a batch.
        first_step: index of the first batch.
        last_step: index after the last batch.
    """

    def __init__(self, sampler, batch_size, first_step, last_step):
        super().__init__(workers=1, max_queue_size=8)
        self._sampler = sampler
        self._batch_size = batch_size
        self._first_step = first_step
        self._last_step = last_step

    def __len__(self):
        return self._last_step - self._first_step

    def __getitem__(self, index):
        first = (self._first_step + index) * self._batch_size
        batch = self._sampler.batch(first, self._batch_size)
        return batch.inputs, batch.targets
