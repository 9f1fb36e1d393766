"""Processes that each draw some rows of a batch have together the batch of one process."""

import jax
import numpy as np
import pytest
from small_runs import KINDS, make_config

from mann.tasks.build import build_task
from mann.training.batches import make_training_batches

BATCH = 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_processes_make_the_batch(kind, text_file):
    config = make_config(kind, text_file)
    tasks = [build_task(config) for _ in range(3)]
    level = tasks[0].curriculum.first if tasks[0].curriculum else None
    for step in (0, 1, 7):
        whole, *parts = (
            task.training_batch(step, BATCH, level, rows)
            for task, rows in zip(tasks, (slice(None), slice(0, 1), slice(1, 4)), strict=True)
        )
        together = jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)
        jax.tree.map(np.testing.assert_array_equal, whole, together)


@pytest.mark.parametrize("kind", ["lrua", "words"])
def test_a_data_set_of_rows_starts_at_a_step(kind, text_file):
    task = build_task(make_config(kind, text_file))
    batch = next(iter(make_training_batches(task, BATCH, None, 3, 5, slice(2, 4))))
    expected = task.training_batch(3, BATCH, None)
    for array, whole in zip(batch, expected, strict=True):
        np.testing.assert_array_equal(array, np.asarray(whole)[2:4])
