"""FewShotTask: episodes of images as an experiment trains and measures on them."""

import keras
import numpy as np

import episodes
from mann.experiment.errors import UserError
from mann.experiment.few_shot import report
from mann.experiment.few_shot.accuracy import accuracy_by_instance
from mann.experiment.task import TEST, TRAIN, VALIDATION, Task, Validation


class FewShotTask(Task):
    """Recognise the drawings of an episode, from the labels that come one step late.

    Args:
        splits: `episodes.Splits`.
        config: the `task` part of an experiment's config.
        seed: of the training and validation episodes.
        test_seed: of the test episodes.
    """

    def __init__(self, splits, config, seed, test_seed):
        _check_ways(splits, config)
        augmentation = None
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

        self.train = sampler(splits.train, seed, TRAIN, augmentation=augmentation)
        self.validation = sampler(splits.validation, seed, VALIDATION)
        self.test = sampler(splits.test, test_seed, TEST)
        self.num_features = self.train.num_features
        self.num_outputs = config.ways
        self.class_hashes = splits.hashes()

    def describe(self):
        samplers = {"train": self.train, "validation": self.validation, "test": self.test}
        return [
            f"Classes: {sampler.dataset.num_classes} for {name}, "
            f"SHA-256 of their names {self.class_hashes[name][:16]}"
            for name, sampler in samplers.items()
        ]

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self):
        return ["accuracy"]

    def training_batch(self, step, batch_size, level):
        batch = self.train.batch(step * batch_size, batch_size)
        return batch.inputs, batch.targets

    def validate(self, model, num_examples, batch_size):
        accuracy = measure(model, self.validation, num_examples, batch_size)
        values = {str(k): 100 * float(accuracy.at(k)[0]) for k in accuracy.reported}
        return Validation(accuracy.score(), "accuracy (%) at instance", values)

    def evaluate(self, model, num_examples, batch_size, difficulty=None):
        if difficulty:
            raise UserError(
                f"--{next(iter(difficulty))} is an axis of algorithmic tasks; few-shot episodes "
                "have none: leave it out."
            )
        return measure(model, self.test, num_examples, batch_size)

    def report(self, result, model, workdir, config, pictures):
        return report.report(result, model, self, workdir, config, pictures)


def measure(model, sampler, num_episodes, batch_size):
    """Returns the accuracy by instance of `model` on the first `num_episodes` of `sampler`.

    Args:
        model: from `(batch, time, features)` to logits.
        sampler: an `episodes.SequenceSampler`.
        num_episodes: how many episodes.
        batch_size: episodes at a time; one size for all, so that the model compiles once.
    """
    predictions, targets, instances = [], [], []
    for first in range(0, num_episodes, batch_size):
        batch = sampler.batch(first, batch_size)
        logits = model.predict_on_batch(batch.inputs)
        predictions.append(np.argmax(logits, axis=-1))
        targets.append(batch.targets)
        instances.append(batch.instances)
    return accuracy_by_instance(
        *(np.concatenate(part)[:num_episodes] for part in (predictions, targets, instances))
    )


def _check_ways(splits, config):
    for split, dataset in splits._asdict().items():
        if dataset.num_classes < config.ways:
            field = f"num_{split}_classes"
            more = f" or raise --config.task.{field}" if field in config else ""
            raise UserError(
                f"--config.task.ways is {config.ways}, but there are {dataset.num_classes} "
                f"{split} classes: lower it{more}."
            )


def characters(config, seed):
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


def omniglot(config, seed):
    """Returns the splits of Omniglot, whatever the seed."""
    return episodes.load_omniglot(
        image_size=config.image_size,
        split=config.split,
        num_validation_classes=config.num_validation_classes,
    )
