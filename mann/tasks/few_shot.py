"""The few-shot tasks: recognise the images of a sequence, or the queries of an episode."""

import dataclasses

import episodes
from mann.evaluation import episode_pictures, few_shot_protocols, memory_pictures, pictures
from mann.models.few_shot import EPISODIC_BUILDERS
from mann.models.predictors import get_images
from mann.models.sequence_predictor import SequencePredictor
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, find_examples
from mann.tasks.curriculum import GrowingLevel
from mann.tasks.few_shot_base import FewShotTask, count_drawings
from mann.tasks.few_shot_data import SPLIT_BUILDERS, fill_in

# Used where classes have enough drawings.
VALIDATION_QUERIES, TEST_INSTANCES = 5, 10
# Fields for models of sequences only, with their defaults.
_OF_SEQUENCES = {"labels": "one_hot", "consecutive": 1, "shots_first": 0.0, "first_ways": 0}


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
            images, targets, answers, batch.instances[0], self.form.ink
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
        # Only Omniglot has alphabets.
        within = config.get("within_alphabet", 0.0)
        self.train = self.few_shot_sampler(
            splits.train,
            (seed, TRAIN),
            config.ways,
            config.shots,
            config.queries,
            augmentation=self.augmentation,
            within_group=within,
        )
        self.validation = self.few_shot_sampler(
            splits.validation,
            (seed, VALIDATION),
            min(config.ways, 20),
            config.shots,
            max(1, min(VALIDATION_QUERIES, count_drawings(splits.validation) - config.shots)),
            within_group=within,
        )
        splits.test.check_drawings(2, "The final measurement, of 1 shot and 1 query")
        self.num_outputs = config.ways

    def test_sequences(self, ways):
        instances = min(TEST_INSTANCES, count_drawings(self.splits.test))
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


def build(config, test_seed):
    """Returns the few-shot task of a config: of episodes or of sequences, as its model needs."""
    splits = SPLIT_BUILDERS[config.task.name](config.task, config.seed)
    fill_in(config, splits)
    kind = EpisodeTask if config.model.name in EPISODIC_BUILDERS else SequenceTask
    return kind(splits, config.task, config.seed, test_seed)
