"""FewShotTask: the base of the few-shot tasks, their classes and their measures."""

import dataclasses

import keras

import episodes
from episodes.index_sampler import IndexSampler
from episodes.wording import count
from mann.evaluation import (
    episode_pictures,
    few_shot_protocols,
    lake_runs,
    many_ways,
    pictures,
    published,
    streams,
)
from mann.evaluation.features import encode_dataset
from mann.evaluation.views import AveragedViews
from mann.models.predictors import make_predictor
from mann.tasks.base import TEST, Task
from mann.tasks.few_shot_data import check_ways
from mann_config.errors import UserError
from mann_config.image_form import get_image_form

# Classes of one of Lake's runs.
_RUN_WAYS = 20
# Fields of the augmentation.
_CHANGES = ("max_rotation", "max_shift", "max_distortion", "max_thickening")


class FewShotTask(Task):
    """Base of the few-shot tasks: their classes, and the measures for models of any kind.

    Args:
        splits: `episodes.Splits`, which share no drawing.
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation episodes.
        test_seed: seed of the test episodes.
    """

    options = ("protocol", "ways", "shots", "queries", "draws", "views", "runs_zip")

    def __init__(self, splits, config, seed, test_seed):
        self.name = config.name
        check_ways(splits, config)
        splits.check_drawings()
        self.splits = splits
        self.config = config
        self.test_seed = test_seed
        self.augmentation = None
        self.form = get_image_form(config)
        self.fill = "paper" if self.form.ink else "edge"
        largest = {name: config[name] for name in _CHANGES}
        if any(largest.values()):
            self.augmentation = episodes.Augmentation(**largest, fill=self.fill)
        self.image_shape = splits.train.image_shape
        self.class_hashes = splits.hashes()

    def describe(self):
        config = self.config
        how = {"shots": "shot", "queries": "query"}
        if self.label_shape is not None:
            how = {"instances": "instance"}
        sizes = ", ".join(count(config[field], noun) for field, noun in how.items())
        return [
            f"Episodes: {count(config.ways, 'class')}, {sizes}; images of "
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
        plain, views = self.predictor(model), chosen["views"] or 1
        averaged = AveragedViews(plain, views, self.fill)
        measure = {
            "instance": lambda p: self._measure_by_instance(p, chosen, num_examples, batch_size),
            "nway": lambda p: self._measure_nway(p, chosen, num_examples),
            "manyway": lambda p: self._measure_many_ways(p, chosen),
            "stream": lambda p: self._measure_streams(p, chosen),
            "within_alphabet": lambda p: self._measure_within_alphabet(p, chosen),
            "lake_runs": lambda p: self._measure_lake_runs(p, chosen["runs_zip"]),
        }
        measurements = []
        try:
            for protocol in chosen["protocol"]:
                if views > 1 and protocol in few_shot_protocols.WITH_VIEWS:
                    measurements += [
                        dataclasses.replace(each, about=f"{each.about}, {views} views averaged")
                        for each in measure[protocol](averaged)
                    ]
                else:
                    measurements += measure[protocol](plain)
        except (ValueError, episodes.DataError) as error:
            raise UserError(str(error)) from error
        return measurements

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
            count_drawings(self.splits.test), chosen["shots"], chosen["queries"]
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

    def _measure_many_ways(self, predictor, chosen):
        all_shots, queries = few_shot_protocols.choose_shots_and_queries(
            count_drawings(self.splits.test), chosen["shots"], chosen["queries"]
        )
        per_class = max(all_shots) + queries
        self.splits.test.check_drawings(
            per_class, f"Arguments shots={max(all_shots)} and queries={queries}"
        )
        samplers = self._index_samplers(chosen["ways"], per_class)
        rows = published.get_nway_rows(self.config, published.MANY_WAYS)
        for measured in many_ways.measure_many_ways(
            encode_dataset(predictor, self.splits.test),
            samplers,
            all_shots,
            queries,
            chosen["draws"],
        ):
            yield self._add_references(measured, rows)

    def _measure_streams(self, predictor, chosen):
        samplers = self._index_samplers(chosen["ways"], count_drawings(self.splits.test))
        features = encode_dataset(predictor, self.splits.test)
        for sampler in samplers:
            by_instance, at_end, slots = streams.measure_streams(features, sampler, chosen["draws"])
            yield self._add_references(by_instance, by_instance.references)
            accuracy_rows, slot_rows = published.get_stream_rows(
                self.config, sampler.ways, streams.ON_SURPRISE
            )
            yield self._add_references(at_end, accuracy_rows)
            yield self._add_references(slots, slot_rows)

    def _index_samplers(self, ways, per_class):
        """Returns an `IndexSampler` of the test classes for each number of ways, or of them all."""
        test = self.splits.test
        ways = ways or [test.num_classes]
        for number in ways:
            # Features are compared, so that any number of classes can be distinguished.
            few_shot_protocols.check_ways(number, None, test.num_classes)
        return [IndexSampler(test, number, per_class, (self.test_seed, TEST)) for number in ways]

    def _measure_within_alphabet(self, predictor, chosen):
        for ways in chosen["ways"] or [min(_RUN_WAYS, predictor.most_ways or _RUN_WAYS)]:
            *measured, share = lake_runs.measure_alphabets(
                predictor,
                self._get_drawing_size("within_alphabet"),
                ways,
                chosen["draws"],
                (self.test_seed, TEST),
                self._get_known_drawings(predictor),
            )
            yield from self._add_lake_rows(measured, predictor, share)

    def _measure_lake_runs(self, predictor, path):
        measured, share = lake_runs.measure_runs(
            predictor,
            path,
            self._get_drawing_size("lake_runs"),
            self._get_known_drawings(predictor),
        )
        return self._add_lake_rows([measured], predictor, share)

    def _get_drawing_size(self, protocol):
        if self.form.color:
            raise UserError(
                f"--protocol={protocol}: the runs are grey drawings, and this model takes colour."
            )
        return self.image_shape[0]

    def _get_known_drawings(self, predictor):
        # A model without weights cannot know any drawing.
        return self.splits.train.drawing_hashes() if predictor.model.weights else set()

    def _add_lake_rows(self, measurements, predictor, share):
        reason = lake_runs.explain_no_result(predictor.model, self.config, share)
        if reason is None:
            changes = {"references": published.get_lake_rows()}
            return [dataclasses.replace(measured, **changes) for measured in measurements]
        why = f"not shown beside published numbers: {reason}"
        return [
            dataclasses.replace(measured, about=f"{measured.about}; {why}")
            for measured in measurements
        ]

    def _add_references(self, measured, rows):
        classes = count(self.splits.test.num_classes, "class")
        about = f"{measured.about}, {classes} never seen in training"
        return dataclasses.replace(measured, about=about, references=rows)

    def score(self, validation):
        # As a fraction, as in the metrics of older runs.
        return super().score(validation) / 100

    def draw(self, measurements, model, folder):
        figure = episode_pictures.draw_contact_sheet(
            self.splits.train,
            f"{self.config.name}: a training class in each row",
            ink=self.form.ink,
        )
        pictures.save(figure, folder / "drawings.png")


def count_drawings(dataset):
    """Returns the number of drawings that every class of a dataset has at least."""
    return int(dataset.counts.min())
