"""FewShotTask: episodes of images as an experiment trains and measures on them."""

import math

import keras

import episodes
from mann.evaluation import few_shot_report as report
from mann.evaluation import protocols
from mann.models.predictors import SequenceLearner, learner_of
from mann.tasks.base import TEST, TRAIN, VALIDATION, Task, Validation
from mann_config.errors import UserError

# Where classes have enough drawings.
VALIDATION_QUERIES, TEST_INSTANCES = 5, 10
# Fields that mean something to models of sequences alone, and their defaults.
_OF_SEQUENCES = {"labels": "one_hot", "consecutive": 1, "shots_first": 0.0, "first_ways": 0}


class FewShotTask(Task):
    """What few-shot tasks share: the classes, and how a learner of any kind is measured on them.

    Args:
        splits: `episodes.Splits`; no drawing is in two of them.
        config: the `task` part of an experiment's config.
        seed: of the training and validation episodes.
        test_seed: of the test episodes.
    """

    def __init__(self, splits, config, seed, test_seed):
        _check_ways(splits, config)
        splits.check_drawings()
        self.splits = splits
        self.config = config
        self.test_seed = test_seed
        self.augmentation = None
        if config.max_rotation or config.max_shift:
            self.augmentation = episodes.Augmentation(config.max_rotation, config.max_shift)
        self.image_shape = splits.train.image_shape
        self.class_hashes = splits.hashes()

    def describe(self):
        return [
            f"Classes: {dataset.num_classes} for {name}, "
            f"SHA-256 of their names {self.class_hashes[name][:16]}"
            for name, dataset in self.splits._asdict().items()
        ]

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self):
        return ["accuracy"]

    def learner(self, model):
        """Returns `model` as a learner that all protocols can measure."""
        return learner_of(model, self.label_shape)

    def few_shot_sampler(self, dataset, stream, ways, shots, queries, **kwargs):
        """Returns a `FewShotSampler` of a split with the task's rotations."""
        return episodes.FewShotSampler(
            dataset, ways, shots, queries, stream, rotations=self.config.rotations, **kwargs
        )

    def sequence_sampler(self, dataset, stream, ways, **kwargs):
        """Returns a `SequenceSampler` of a split with the task's rotations."""
        return episodes.SequenceSampler(
            dataset, ways, seed=stream, rotations=self.config.rotations, **kwargs
        )

    def evaluate(self, model, num_examples, batch_size, options=None):
        asked = self._asked(dict(options or {}))
        learner = self.learner(model)
        result = report.FewShotResult([], [], [])
        try:
            self._measure(result, learner, asked, num_examples, batch_size)
        except (ValueError, episodes.DataError) as error:
            raise UserError(str(error)) from error
        return result

    def _measure(self, result, learner, asked, num_examples, batch_size):
        for protocol in asked["protocol"]:
            if protocol == "instance":
                result.instance.extend(self._by_instance(learner, asked, num_examples, batch_size))
            elif protocol == "nway":
                result.nway.extend(self._nway(learner, asked, num_examples))
            else:
                # Nothing can be known to a model without parameters.
                known = self.splits.train.drawing_hashes() if learner.model.weights else set()
                runs = protocols.lake_runs(learner, asked["runs_zip"], self.image_shape[0], known)
                result.lake_runs.append(runs)

    def _asked(self, options):
        given = set(options)
        asked = {
            "protocol": list(dict.fromkeys(options.pop("protocol", [self.default_protocol]))),
            "ways": options.pop("ways", None),
            "shots": options.pop("shots", None),
            "queries": options.pop("queries", None),
            "runs_zip": options.pop("runs_zip", None),
        }
        if options:
            raise UserError(
                f"{next(iter(options))!r} is an axis of algorithmic tasks; few-shot episodes have "
                "none: leave it out."
            )
        if not asked["protocol"]:
            raise UserError(
                f"--protocol is empty: give one or more of {','.join(protocols.PROTOCOLS)}."
            )
        for protocol in asked["protocol"]:
            if protocol not in protocols.PROTOCOLS:
                raise UserError(
                    f"--protocol={protocol} is unknown: it is one or more of "
                    f"{','.join(protocols.PROTOCOLS)}."
                )
        for option, protocol in (("shots", "nway"), ("queries", "nway"), ("runs_zip", "lake_runs")):
            if option in given and protocol not in asked["protocol"]:
                raise UserError(
                    f"--{option} says how to measure with --protocol={protocol}: add it, or leave "
                    "the option out."
                )
        if "lake_runs" in asked["protocol"] and asked["runs_zip"] is None:
            raise UserError(
                "--protocol=lake_runs needs --runs_zip: the path of all_runs.zip, from "
                "github.com/brendenlake/omniglot, python/one-shot-classification."
            )
        return asked

    def _by_instance(self, learner, asked, num_examples, batch_size):
        if not hasattr(learner, "predictions"):
            raise UserError(
                "--protocol=instance: this model adapts to a whole support set and cannot answer "
                "image by image: measure it with --protocol=nway."
            )
        for ways in asked["ways"] or [self.instance_ways(learner)]:
            self._check_told_apart(ways, learner)
            sampler = self.test_sequences(ways)
            yield protocols.by_instance(learner, sampler, num_examples, batch_size)

    def _nway(self, learner, asked, num_examples):
        most = min(learner.most_ways or math.inf, self.splits.test.num_classes)
        all_shots, queries = protocols.shots_and_queries(
            _fewest(self.splits.test), asked["shots"], asked["queries"]
        )
        for ways in asked["ways"] or [ways for ways in (5, 20) if ways <= most] or [most]:
            self._check_told_apart(ways, learner)
            for shots in all_shots:
                sampler = self.few_shot_sampler(
                    self.splits.test, (self.test_seed, TEST), ways, shots, queries
                )
                # About as many images at a time, whatever the episodes' size.
                at_once = max(1, 1600 // (ways * (shots + queries)))
                yield protocols.nway(learner, sampler, num_examples, at_once)

    def _check_told_apart(self, ways, learner):
        if learner.most_ways is not None and ways > learner.most_ways:
            raise UserError(
                f"--ways={ways}: this model tells at most {learner.most_ways} classes apart; train "
                f"one with --config.task.ways={ways}."
            )
        if ways > self.splits.test.num_classes:
            raise UserError(
                f"--ways={ways}: there are {self.splits.test.num_classes} test classes: ask for "
                "fewer."
            )

    def report(self, result, model, workdir, config, pictures):
        return report.report(result, model, self, workdir, config, pictures)


class SequenceTask(FewShotTask):
    """Recognise the drawings of an episode, from the labels that come one step late."""

    default_protocol = "instance"

    def __init__(self, splits, config, seed, test_seed):
        super().__init__(splits, config, seed, test_seed)
        if config.first_ways < 0 or (config.first_ways and config.episodes_per_way < 1):
            raise ValueError(
                "first_ways must be 0 or more, and episodes_per_way 1 or more. Received: "
                f"{config.first_ways} and {config.episodes_per_way}."
            )
        self.lengths_vary = bool(config.first_ways)
        self.train = self._sampler(
            splits.train,
            (seed, TRAIN),
            augmentation=self.augmentation,
            shots_first=config.shots_first,
        )
        self.validation = self._sampler(splits.validation, (seed, VALIDATION))
        splits.test.check_drawings(config.instances, f"Argument instances={config.instances}")
        self.label_shape = self.train.label_shape
        self.num_features = self.train.num_features
        self.num_outputs = self.label_shape[1] if self.label_shape[0] == 1 else self.label_shape
        self._samplers = {}

    def _sampler(self, dataset, stream, ways=None, **kwargs):
        config = self.config
        return self.sequence_sampler(
            dataset,
            stream,
            config.ways if ways is None else ways,
            instances=config.instances,
            labels=config.labels,
            num_labels=config.ways,
            consecutive=config.consecutive,
            **kwargs,
        )

    def test_sequences(self, ways):
        return self._sampler(self.splits.test, (self.test_seed, TEST), ways)

    def instance_ways(self, learner):
        return self.config.ways

    def ways_at(self, first):
        """Returns the classes of an episode after `first` episodes of training."""
        config = self.config
        if not config.first_ways:
            return config.ways
        return min(config.ways, config.first_ways + first // config.episodes_per_way)

    def training_batch(self, step, batch_size, level):
        ways = self.ways_at(step * batch_size * self.config.consecutive)
        if ways not in self._samplers:
            self._samplers = {ways: self.train.with_ways(ways)}
        batch = self._samplers[ways].batch(step * batch_size, batch_size)
        return batch.inputs, batch.targets

    def validate(self, model, num_examples, batch_size):
        # The model itself, which is compiled already.
        learner = SequenceLearner(model, self.label_shape)
        accuracy = protocols.by_instance(learner, self.validation, num_examples, batch_size)
        values = {str(k): 100 * float(accuracy.at(k)[0]) for k in accuracy.reported}
        return Validation(accuracy.score(), "accuracy (%) at instance", values)


class EpisodeTask(FewShotTask):
    """Recognise the queries of an episode, from its support set."""

    default_protocol = "nway"
    label_shape = None
    num_features = None

    def __init__(self, splits, config, seed, test_seed):
        super().__init__(splits, config, seed, test_seed)
        for field, only in _OF_SEQUENCES.items():
            if config[field] != only:
                raise ValueError(
                    f"{field} is for models of sequences; this one is given a support set and "
                    f"queries: leave it at {only!r}."
                )
        self.train = self.few_shot_sampler(
            splits.train,
            (seed, TRAIN),
            config.ways,
            config.shots,
            config.queries,
            augmentation=self.augmentation,
        )
        self.validation = self.few_shot_sampler(
            splits.validation,
            (seed, VALIDATION),
            min(config.ways, 20),
            config.shots,
            max(1, min(VALIDATION_QUERIES, _fewest(splits.validation) - config.shots)),
        )
        splits.test.check_drawings(2, "The final measure, of 1 shot and 1 query")
        self.num_outputs = config.ways

    def test_sequences(self, ways):
        instances = min(TEST_INSTANCES, _fewest(self.splits.test))
        return self.sequence_sampler(
            self.splits.test, (self.test_seed, TEST), ways, instances=instances
        )

    def instance_ways(self, learner):
        return 5

    def training_batch(self, step, batch_size, level):
        return episodes.training_pair(self.train.batch(step * batch_size, batch_size))

    def validate(self, model, num_examples, batch_size):
        accuracy = protocols.nway(self.learner(model), self.validation, num_examples, batch_size)
        name = f"accuracy (%), {accuracy.ways}-way {accuracy.shots}-shot"
        return Validation(accuracy.mean, name, {"queries": 100 * accuracy.mean})


def _fewest(dataset):
    """Returns how many drawings every class of a dataset has."""
    return int(dataset.counts.min())


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
