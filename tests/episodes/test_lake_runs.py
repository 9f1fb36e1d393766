"""Tests of episodes/lake_runs.py on archives laid out as the official one, good and bad."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from episodes.cache import DataError
from episodes.lake_runs import load_lake_runs


def drawing(value, size=105):
    """Returns a PNG of black ink on white paper: a block whose place tells `value`."""
    paper = np.full((size, size), 255, np.uint8)
    paper[5 * (value % 20) :][:5, 40 * (value // 20) :][:, :5] = 0
    file = io.BytesIO()
    Image.fromarray(paper).convert("1").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def archive(tmp_path):
    """Returns a function that writes an archive of two runs of four, with files changed."""

    def write(changes=None, prefix=""):
        files = {}
        for run in ("run01", "run02"):
            # The n-th test drawing is of class 5 - n in the first run, of class n in the second.
            pairs = [(n, 5 - n if run == "run01" else n) for n in range(1, 5)]
            for n, label in pairs:
                files[f"{run}/training/class{n:02d}.png"] = drawing(n)
                files[f"{run}/test/item{n:02d}.png"] = drawing(20 + label)
            files[f"{run}/class_labels.txt"] = "".join(
                f"{run}/test/item{n:02d}.png {run}/training/class{label:02d}.png\n"
                for n, label in pairs
            )
        path = tmp_path / "all_runs.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in (files | (changes or {})).items():
                if data is not None:
                    file.writestr(prefix + name, data)
        return path

    return write


@pytest.mark.parametrize("prefix", ["", "one_shot/all_runs/"])
def test_runs_are_read_as_episodes(archive, prefix):
    runs = load_lake_runs(archive(prefix=prefix), image_size=21)
    assert len(runs) == 2
    for run in runs:
        assert run.support.images.shape == run.query.images.shape == (4, 21, 21)
        assert run.class_names[0].endswith("training/class01.png") and len(run.class_names) == 4
        assert run.support.labels.tolist() == [0, 1, 2, 3]
        # Ink is one on zero, and the block is where `drawing` put it.
        assert run.support.images.max() == 1
        assert run.support.images[:, :, 0].argmax(axis=1).tolist() == [1, 2, 3, 4]
        labels = run.query.images[:, :, 8].argmax(axis=1) - 1
        assert labels.tolist() == run.query.labels.tolist()
    assert runs[0].query.labels.tolist() == [3, 2, 1, 0]
    assert runs[1].query.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"../outside.png": b""}, "a path outside itself"),
        ({"/etc/passwd": b""}, "a path outside itself"),
        ({"run01\\..\\..\\x": b""}, "a path outside itself"),
        ({"C:/windows": b""}, "a path outside itself"),
        ({"run01/bomb.png": bytes(2_000_000)}, "2,000,000 bytes, more than any drawing"),
        ({"run02/test/item03.png": None}, "lacks run02/test/item03.png"),
        ({"run02/test/item03.png": b"no image"}, "item03.png is damaged, or no image"),
        ({"run02/training/class01.png": drawing(1, size=15)}, "class01.png is 15 x 15"),
        ({"run01/class_labels.txt": "one two three\n"}, "lines of two names"),
        ({"run01/class_labels.txt": ""}, "lines of two names"),
        ({"run02/class_labels.txt": None}, "lacks run02/class_labels.txt"),
    ],
)
def test_bad_archives(archive, changes, message):
    with pytest.raises(DataError, match=message) as caught:
        load_lake_runs(archive(changes), image_size=21)
    assert "all_runs.zip" in str(caught.value)


def test_a_damaged_or_missing_archive(archive, tmp_path):
    path = archive()
    data = bytearray(path.read_bytes())
    for place in range(200, 1500, 10):
        data[place] ^= 255
    path.write_bytes(data)
    with pytest.raises(DataError, match="all_runs.zip"):
        load_lake_runs(path, image_size=21)
    path.write_bytes(data[:300])
    with pytest.raises(DataError, match="all_runs.zip cannot be read"):
        load_lake_runs(path, image_size=21)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", "no runs")
    with pytest.raises(DataError, match="all_runs.zip holds no run01/class_labels.txt"):
        load_lake_runs(path, image_size=21)
    with pytest.raises(ValueError, match="`image_size` must be"):
        load_lake_runs(path, image_size=0)
    with pytest.raises(DataError, match="nothing.zip cannot be read"):
        load_lake_runs(tmp_path / "nothing.zip")
