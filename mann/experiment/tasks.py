"""Builds the task of an experiment from its config, and feeds it to Keras."""

import keras

import episodes
from mann.experiment.algorithmic import task as algorithmic
from mann.experiment.errors import UserError
from mann.experiment.few_shot import task as few_shot
from mann.experiment.few_shot.models import EPISODIC_BUILDERS
from mann.experiment.graphs import task as graphs
from mann.experiment.language.task import TextTask
from mann.experiment.questions.task import SentenceTask, WordTask
from mann.experiment.regression.task import FunctionTask

SPLIT_BUILDERS = {"characters": few_shot.characters, "omniglot": few_shot.omniglot}


def build_task(config, test_seed=0):
    """Returns the `Task` of an experiment.

    Args:
        config: an experiment's config, with all fields of its task.
        test_seed: of the test examples, the same for every run unless asked otherwise.

    Raises:
        UserError: if the config asks for more than the data holds, or the data cannot be had.
    """
    task, seed = config.task, config.seed
    try:
        if task.name in SPLIT_BUILDERS:
            splits = SPLIT_BUILDERS[task.name](task, seed)
            episodic = config.model.name in EPISODIC_BUILDERS
            kind = few_shot.EpisodeTask if episodic else few_shot.SequenceTask
            return kind(splits, task, seed, test_seed)
        if task.name == "functions":
            return FunctionTask(task, seed, test_seed)
        if task.name == "babi":
            kind = SentenceTask if config.model.name == "memory_network" else WordTask
            return kind(task, seed, test_seed)
        if task.name == "text":
            return TextTask(task, seed, config.train.batch_size)
        if task.name in graphs.TASK_BUILDERS:
            return graphs.GraphExperiment(task, seed, test_seed)
        return algorithmic.AlgorithmicExperiment(task, seed, test_seed)
    except (ValueError, episodes.DataError) as error:
        raise UserError(f"--config.task: {error}") from error


def training_batches(task, batch_size, level, first_step, last_step):
    """Returns what Keras fits a model to: the batches of steps `first_step` to `last_step`.

    Args:
        task: the `Task` that draws them; step i of any run gets the same.
        batch_size: examples in a batch.
        level: what the task's curriculum has reached.
        first_step: index of the first batch.
        last_step: index after the last batch.
    """
    batches = _TrainingBatches(task, batch_size, level, first_step, last_step)
    if task.lengths_vary and keras.backend.backend() == "tensorflow":
        return _of_any_length(batches)
    return batches


class _TrainingBatches(keras.utils.PyDataset):
    """The batches, prepared ahead of the step."""

    def __init__(self, task, batch_size, level, first_step, last_step):
        super().__init__(workers=1, max_queue_size=8)
        self._task = task
        self._batch_size = batch_size
        self._level = level
        self._first_step = first_step
        self._last_step = last_step

    def __len__(self):
        return self._last_step - self._first_step

    def __getitem__(self, index):
        return self._task.training_batch(self._first_step + index, self._batch_size, self._level)


def _of_any_length(batches):
    """Returns batches as a `tf.data.Dataset`, whose sequences are of any length.

    With TensorFlow, Keras takes the lengths of the first two batches of a `PyDataset` for those of
    all.
    """
    import tensorflow as tf

    def spec(array):
        return tf.TensorSpec((array.shape[0], None, *array.shape[2:]), array.dtype)

    dataset = tf.data.Dataset.from_generator(
        lambda: map(batches.__getitem__, range(len(batches))),
        output_signature=keras.tree.map_structure(spec, batches[0]),
    )
    count = tf.data.experimental.assert_cardinality(len(batches))
    return dataset.apply(count).prefetch(tf.data.AUTOTUNE)
