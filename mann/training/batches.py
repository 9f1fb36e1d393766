"""Makes the batches of a task that Keras fits a model to."""

import keras

import episodes
from mann.tasks.base import ALL_ROWS


def make_training_batches(task, batch_size, level, first_step, last_step, rows=ALL_ROWS):
    """Returns the batches of steps `first_step` to `last_step - 1`, as Keras takes them.

    Args:
        task: the `Task` that samples them; step i has the same batch in any run.
        batch_size: number of examples in a batch.
        level: level that the task's curriculum has reached.
        first_step: index of the first batch.
        last_step: index after that of the last batch.
        rows: slice of each batch to return. Defaults to all rows.
    """
    arguments = {
        "sampler": _TrainingSampler(task, level, rows),
        "batch_size": batch_size,
        "num_batches": last_step - first_step,
        "first": first_step * batch_size,
        "transform": lambda batch: batch,
    }
    # On TensorFlow, Keras takes the lengths of the first two batches of a `PyDataset` for those of
    # all batches.
    if task.lengths_vary and keras.backend.backend() == "tensorflow":
        return episodes.tf_dataset(**arguments, any_length=True)
    return episodes.py_dataset(**arguments, max_queue_size=8)


class _TrainingSampler:
    """The training examples of a task at a level, as a sampler."""

    def __init__(self, task, level, rows):
        self._task = task
        self._level = level
        self._rows = rows

    def batch(self, first, batch_size):
        step = first // batch_size
        return self._task.training_batch(step, batch_size, self._level, self._rows)
