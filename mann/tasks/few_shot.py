"""FewShotTask: trains and measures a model on episodes of images."""

import dataclasses

import keras

import episodes
from mann.evaluation import (
    episode_pictures,
    few_shot_protocols,
    lake_runs,
    memory_pictures,
    pictures,
    published,
)
from mann.models.few_shot import EPISODIC_BUILDERS
from mann.models.predictors import SequencePredictor, get_images, make_predictor
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, Task, find_examples
from mann.tasks.curriculum import GrowingLevel
from mann.tasks.few_shot_data import SPLIT_BUILDERS, check_ways, fill_in
from mann_config.errors import UserError
from mann_config.image_form import get_image_form

# Used where classes have enough drawings.
VALIDATION_QUERIES, TEST_INSTANCES = 5, 10
# Fields for models of sequences only, with their defaults.
_OF_SEQUENCES = {"labels": "one_hot", "consecutive": 1, "shots_first": 0.0, "first_ways": 0}


class FewShotTask(Task):
    """Base of the few-shot tasks: their classes, and the measures for models of any kind.

    Args:
        splits: `episodes.Splits`, which share no drawing.
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation episodes.
        test_seed: seed of the test episodes.
    """

    options = ("protocol", "ways", "shots", "queries", "runs_zip")

    def __init__(self, splits, config, seed, test_seed):
        self.name = config.name
        check_ways(splits, config)
        splits.check_drawings()
        self.splits = splits
        self.config = config
        self.test_seed = test_seed
        self.augmentation = None
        self.form = get_image_form(config)
        if config.max_rotation or config.max_shift:
            fill = "paper" if self.form.has_ink else "edge"
            self.augmentation = episodes.Augmentation(config.max_rotation, config.max_shift, fill)
        self.image_shape = splits.train.image_shape
        self.class_hashes = splits.hashes()

    def describe(self):
        config = self.config
        how = "shots", "queries"
        if self.label_shape is not None:
            how = ("instances",)
        sizes = ", ".join(f"{config[field]} {field}" for field in how)
        return [
            f"Episodes: {config.ways} classes, {sizes}; images of "
            f"{' x '.join(map(str, self.image_shape))}",
        ] + [
            f"Classes: {dataset.num_classes} for {name}, "
            f"SHA-256 of their names {self.class_hashes[name][:16]}"
            for name, dataset in self.splits._asdict().items()
        ]

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self):
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def predictor(self, model):
        """Returns `model` as a predictor that all protocols can measure."""
        return make_predictor(model, self.label_shape)

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
        chosen = few_shot_protocols.check_options(options or {}, self.default_protocol)
        predictor = self.predictor(model)
        measure = {
            "instance": lambda: self._measure_by_instance(
                predictor, chosen, num_examples, batch_size
            ),
            "nway": lambda: self._measure_nway(predictor, chosen, num_examples),
            "lake_runs": lambda: self._measure_lake_runs(predictor, chosen["runs_zip"]),
        }
        try:
            return [each for protocol in chosen["protocol"] for each in measure[protocol]()]
        except (ValueError, episodes.DataError) as error:
            raise UserError(str(error)) from error

    def _measure_by_instance(self, predictor, chosen, num_examples, batch_size):
        if not hasattr(predictor, "predict"):
            raise UserError(
                "--protocol=instance: this model adapts to a whole support set and cannot answer "
                "image by image. Measure it with --protocol=nway."
            )
        for ways in chosen["ways"] or [self.instance_ways]:
            few_shot_protocols.check_ways(ways, predictor.most_ways, self.splits.test.num_classes)
            sampler = self.test_sequences(ways)
            measured = few_shot_protocols.measure_by_instance(
                predictor, sampler, num_examples, batch_size
            )
            rows = published.get_instance_rows(self.config, ways, len(measured.values))
            if self.config.labels == "one_hot":
                rows = {**rows, "chance": dict.fromkeys(measured.values, 100 / ways)}
            yield self._add_references(measured, rows)

    def _measure_nway(self, predictor, chosen, num_examples):
        all_shots, queries = few_shot_protocols.choose_shots_and_queries(
            _count_drawings(self.splits.test), chosen["shots"], chosen["queries"]
        )
        most, num_classes, samplers = predictor.most_ways, self.splits.test.num_classes, []
        for ways in few_shot_protocols.choose_ways(most, num_classes, chosen["ways"]):
            few_shot_protocols.check_ways(ways, most, num_classes)
            samplers += [
                self.few_shot_sampler(
                    self.splits.test, (self.test_seed, TEST), ways, shots, queries
                )
                for shots in all_shots
            ]
        measured = few_shot_protocols.measure_nway(predictor, samplers, num_examples)
        return [self._add_references(measured, published.get_nway_rows(self.config))]

    def _measure_lake_runs(self, predictor, path):
        if self.form.color:
            raise UserError(
                "--protocol=lake_runs: the runs are grey drawings, and this model takes colour."
            )
        # A model without weights cannot know any drawing.
        known = self.splits.train.drawing_hashes() if predictor.model.weights else set()
        measured, share = lake_runs.measure_runs(predictor, path, self.image_shape[0], known)
        reason = lake_runs.explain_no_result(predictor.model, self.config, share)
        if reason is None:
            return [dataclasses.replace(measured, references=published.get_lake_rows(measured))]
        about = f"{measured.about}; not shown beside published numbers: {reason}"
        return [dataclasses.replace(measured, about=about)]

    def _add_references(self, measured, rows):
        about = f"{measured.about}, {self.splits.test.num_classes} classes never seen in training"
        return dataclasses.replace(measured, about=about, references=rows)

    def score(self, validation):
        # As a fraction, as in the metrics of older runs.
        return super().score(validation) / 100

    def draw(self, measurements, model, folder):
        figure = episode_pictures.draw_contact_sheet(
            self.splits.train,
            f"{self.config.name}: a training class in each row",
            ink=self.form.has_ink,
        )
        pictures.save(figure, folder / "drawings.png")


class SequenceTask(FewShotTask):
    """Recognise the drawings of an episode, from the labels that come one step late."""

    default_protocol = "instance"

    def __init__(self, splits, config, seed, test_seed):
        super().__init__(splits, config, seed, test_seed)
        self.growing = GrowingLevel(
            config.first_ways or config.ways, config.ways, config.episodes_per_way
        )
        self.lengths_vary = bool(config.first_ways)
        self.train = self._make_sampler(
            splits.train,
            (seed, TRAIN),
            augmentation=self.augmentation,
            shots_first=config.shots_first,
        )
        self.validation = self._make_sampler(splits.validation, (seed, VALIDATION))
        splits.test.check_drawings(config.instances, f"Argument instances={config.instances}")
        self.label_shape = self.train.label_shape
        self.num_features = self.train.num_features
        self.num_outputs = self.label_shape[1] if self.label_shape[0] == 1 else self.label_shape
        self._samplers = {}

    def _make_sampler(self, dataset, stream, ways=None, **kwargs):
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
        return self._make_sampler(self.splits.test, (self.test_seed, TEST), ways)

    @property
    def instance_ways(self):
        return self.config.ways

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        ways = self.growing.get_level(step * batch_size * self.config.consecutive)
        if ways not in self._samplers:
            self._samplers = {ways: self.train.with_ways(ways)}
        first, num_examples = find_examples(step, batch_size, rows)
        batch = self._samplers[ways].batch(first, num_examples)
        return batch.inputs, batch.targets

    def validate(self, model, num_examples, batch_size):
        # With the model itself, which is compiled already.
        predictor = SequencePredictor(model, self.label_shape)
        return few_shot_protocols.measure_by_instance(
            predictor, self.validation, num_examples, batch_size
        )

    def score(self, validation):
        # At its first drawing a class can only be guessed.
        later = {k: values for k, values in validation.values.items() if k > 1}
        return super().score(dataclasses.replace(validation, values=later or validation.values))

    def draw(self, measurements, model, folder):
        super().draw(measurements, model, folder)
        batch = self.test_sequences(self.config.ways).batch(0, 1)
        images = get_images(batch, self.image_shape)[0]
        answers = self.predictor(model).predict(batch, self.image_shape, None)[0]
        answers, targets = map(episode_pictures.as_words, (answers, batch.targets[0]))
        figure = episode_pictures.draw_episode(
            images, targets, answers, batch.instances[0], self.form.has_ink
        )
        pictures.save(figure, folder / "episode.png")
        caption = "time, each step marked with the label of its image"
        memory_pictures.save_picture(model, batch.inputs, folder, targets, caption)


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
                    f"{field} must be {only!r} for a model of support sets and queries: it is only "
                    f"for models of sequences. Received: {config[field]!r}."
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
            max(1, min(VALIDATION_QUERIES, _count_drawings(splits.validation) - config.shots)),
        )
        splits.test.check_drawings(2, "The final measurement, of 1 shot and 1 query")
        self.num_outputs = config.ways

    def test_sequences(self, ways):
        instances = min(TEST_INSTANCES, _count_drawings(self.splits.test))
        return self.sequence_sampler(
            self.splits.test, (self.test_seed, TEST), ways, instances=instances
        )

    @property
    def instance_ways(self):
        return 5

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        return episodes.training_pair(self.train.batch(*find_examples(step, batch_size, rows)))

    def validate(self, model, num_examples, batch_size):
        return few_shot_protocols.measure_nway(
            self.predictor(model), [self.validation], num_examples
        )


def _count_drawings(dataset):
    """Returns the number of drawings that every class of a dataset has at least."""
    return int(dataset.counts.min())


def build(config, test_seed):
    """Returns the few-shot task of a config: of episodes or of sequences, as its model needs."""
    splits = SPLIT_BUILDERS[config.task.name](config.task, config.seed)
    fill_in(config, splits)
    kind = EpisodeTask if config.model.name in EPISODIC_BUILDERS else SequenceTask
    return kind(splits, config.task, config.seed, test_seed)
