"""A data set of TensorFlow Datasets, named in each way that there is, is a task."""

import sys

import numpy as np
import pytest
from PIL import Image
from small_runs import SMALL_TRAINING, changed

from configs import tfds as tfds_config
from mann.tasks.build import build_task
from mann_config.errors import UserError

pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")

FIELDS = {**SMALL_TRAINING, "task.image_size": 8, "task.ways": 2}
MODULE = """
import tensorflow_datasets as tfds

def make():
    return tfds.folder_dataset.ImageFolder({folder!r})

def nothing():
    return None
"""


@pytest.fixture
def builders(tmp_path, monkeypatch):
    """Writes a module with a function that returns a builder of nine classes of pictures."""
    rng = np.random.default_rng(0)
    for name in "abcdefghi":
        (tmp_path / "pictures" / "train" / name).mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / "train" / name / f"{number}.png")
    (tmp_path / "its_builders.py").write_text(MODULE.format(folder=str(tmp_path / "pictures")))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "its_builders"
    sys.modules.pop("its_builders", None)


def build(dataset, **changes):
    fields = FIELDS | {"task.dataset": dataset}
    return build_task(changed(tfds_config.get_config(), fields, changes))


def test_classes_are_split_by_hash_and_by_lists(builders, tmp_path):
    task = build(f"{builders}:make")
    assert [part.num_classes for part in task.splits] == [3, 3, 3]
    again = build(f"{builders}:make", task__split_seed=1)
    assert again.splits.hashes() != task.splits.hashes()
    lists = tmp_path / "lists.json"
    lists.write_text('{"train": ["a", "b"], "validation": ["c", "d"], "test": ["e", "f"]}')
    listed = build(f"{builders}:make", task__split=str(lists))
    assert [part.class_names for part in listed.splits] == [("a", "b"), ("c", "d"), ("e", "f")]


@pytest.mark.parametrize(
    ("dataset", "changes", "message"),
    [
        ("", {}, "--config.task.dataset=kmnist"),
        ("{}:nothing", {}, "must return a tfds.core.DatasetBuilder. Received: NoneType"),
        ("{}:other", {}, "has no 'other'"),
        ("{}:make", {"task__split": "dtd"}, "list 'train' of split 'dtd' names 33 of the classes"),
        ("{}:make", {"task__split": "dtd", "task__split_seed": 1}, "seed of the split, 1, is for"),
        ("{}:make", {"task__ways": 4}, "the number of train classes is only 3"),
    ],
)
def test_bad_settings_are_one_line(builders, dataset, changes, message):
    with pytest.raises(UserError, match=message) as refused:
        build(dataset.format(builders), **changes)
    assert "\n" not in str(refused.value)
