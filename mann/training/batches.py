"""Makes the batches of a task that Keras fits a model to."""

import keras


def make_training_batches(task, batch_size, level, first_step, last_step):
    """Returns the batches of steps `first_step` to `last_step - 1`, as Keras takes them.

    Args:
        task: the `Task` that samples them; step i has the same batch in any run.
        batch_size: number of examples in a batch.
        level: level that the task's curriculum has reached.
        first_step: index of the first batch.
        last_step: index after that of the last batch.
    """
    batches = _TrainingBatches(task, batch_size, level, first_step, last_step)
    if task.lengths_vary and keras.backend.backend() == "tensorflow":
        return _allow_any_length(batches)
    return batches


class _TrainingBatches(keras.utils.PyDataset):
    """The batches, prefetched in a thread."""

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


def _allow_any_length(batches):
    """Returns batches as a `tf.data.Dataset`, whose sequences are of any length.

    On TensorFlow, Keras takes the lengths of the first two batches of a `PyDataset` for those of
    all batches.
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
