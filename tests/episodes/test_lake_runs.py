"""Tests of episodes/lake_runs.py on archives laid out as the official one, good and bad."""

import functools
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from episodes.cache import DataError
from episodes.lake_runs import load_lake_runs


@functools.cache
def drawing(place, size=105):
    """Returns a PNG of black ink on white paper: a block at one of 40 places."""
    paper = np.full((size, size), 255, np.uint8)
    paper[5 * (place % 20) :][:5, 40 * (place // 20) :][:, :5] = 0
    file = io.BytesIO()
    Image.fromarray(paper).convert("1").save(file, "PNG")
    return file.getvalue()


def label_of(run, test):
    """Returns the class, from 0, of a test drawing, from 0: the runs differ."""
    return (7 * run + test) % 20


@functools.cache
def official_files(run_name="run{:02d}"):
    """Returns the content of each file of 20 runs of 20 training and 20 test drawings, by name."""
    files = {}
    for number in range(1, 21):
        run = run_name.format(number)
        lines = []
        for n in range(20):
            label = label_of(number, n)
            files[f"{run}/training/class{n + 1:02d}.png"] = drawing(n)
            files[f"{run}/test/item{n + 1:02d}.png"] = drawing(20 + label)
            lines.append(f"{run}/test/item{n + 1:02d}.png {run}/training/class{label + 1:02d}.png")
        files[f"{run}/class_labels.txt"] = "\n".join(lines)
    return files


@pytest.fixture
def archive(tmp_path):
    """Returns a function that writes an archive like the official one, with files changed."""

    def write(changes=None, prefix="", **options):
        path = tmp_path / "all_runs.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in (official_files(**options) | (changes or {})).items():
                if data is not None:
                    file.writestr(prefix + name, data)
        return path

    return write


def check(path):
    """Asserts that a file is read as what `official_files` wrote."""
    runs = load_lake_runs(path, image_size=21)
    assert len(runs) == 20
    for number, run in enumerate(runs, 1):
        assert run.support.images.shape == run.query.images.shape == (20, 21, 21)
        assert run.class_names[0].endswith("training/class01.png") and len(run.class_names) == 20
        assert run.support.labels.tolist() == list(range(20))
        # Ink is one on zero, and the block is where `drawing` put it.
        assert run.support.images.max() == 1
        assert run.support.images[:, :, 0].argmax(axis=1).tolist() == list(range(20))
        assert run.query.images[:, :, 8].argmax(axis=1).tolist() == run.query.labels.tolist()
        assert run.query.labels.tolist() == [label_of(number, n) for n in range(20)]
    return runs


@pytest.mark.parametrize("prefix", ["", "one-shot-classification/all_runs/", "run3/", "./"])
def test_runs_are_read_as_episodes(archive, prefix):
    assert check(archive(prefix=prefix))[0].class_names[0] == "run01/training/class01.png"


def test_runs_are_in_the_order_of_their_numbers(archive):
    assert check(archive(run_name="run{}"))[9].class_names[0] == "run10/training/class01.png"


def test_other_files_beside_the_runs_are_ignored(archive):
    check(
        archive(
            {
                "README.md": "# One-shot classification",
                "paper.pdf": bytes(2_000_000),
                "notes 12:30.txt": "a colon",
                "run01/training/Thumbs.db": b"",
                "run01/notes.txt": "",
                "run02/test/._item01.png": b"no image",
                "__MACOSX/run01/test/._item01.png": b"no image",
                "__MACOSX/run01/class_labels.txt": b"of macOS",
                ".snapshot/run01/class_labels.txt": b"an older copy",
                "run21/": b"",
            },
            prefix="one-shot-classification/",
        )
    )


def test_a_zip_made_on_windows(tmp_path):
    path = tmp_path / "all_runs.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, data in official_files().items():
            info = zipfile.ZipInfo("one-shot-classification/" + name)
            info.filename = info.filename.replace("/", "\\")
            if name.endswith(".txt"):
                data = b"\xef\xbb\xbf" + data.replace("/", "\\").replace("\n", "\r\n").encode()
            file.writestr(info, data)
    with zipfile.ZipFile(path) as file:
        assert "\\" in file.infolist()[0].orig_filename
    check(path)


def test_an_unpacked_folder(archive, tmp_path):
    with zipfile.ZipFile(archive({"README.md": "# Runs"})) as file:
        file.extractall(tmp_path / "one-shot-classification/all_runs")
    check(tmp_path / "one-shot-classification")
    (tmp_path / "one-shot-classification/all_runs/run07/test/item03.png").unlink()
    with pytest.raises(DataError, match="holds 19 drawings in all_runs/run07/test/, where 20"):
        load_lake_runs(tmp_path / "one-shot-classification", image_size=21)
    with pytest.raises(DataError, match="all_runs/run07 holds no run01/class_labels.txt"):
        load_lake_runs(tmp_path / "one-shot-classification/all_runs/run07")


@pytest.mark.parametrize("missing", ["run10", "run20"])
def test_a_wrong_number_of_runs(archive, missing):
    files = official_files()
    without = {name: None for name in files if name.startswith(missing)}
    with pytest.raises(DataError, match=f"19 runs where 20 are expected.*and lacks {missing}:"):
        load_lake_runs(archive(without))
    for more in ("run21", "copy/run10"):
        twice = {name.replace(missing, more, 1): files[name] for name in without}
        with pytest.raises(DataError, match="21 runs where 20 are expected, run01 to run20:"):
            load_lake_runs(archive(twice))


LABELS = official_files()["run02/class_labels.txt"] + "\n"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"../outside.png": b""}, "a path outside itself"),
        ({"/etc/passwd": b""}, "a path outside itself"),
        ({"run01\\..\\..\\x": b""}, "a path outside itself"),
        ({"C:/windows": b""}, "a path outside itself"),
        ({"run01/test/bomb.png": bytes(2_000_000)}, "2,000,000 bytes, more than any drawing"),
        (
            {"run02/test/item03.png": None},
            "19 drawings in run02/test/.* lacks run02/test/item03.png",
        ),
        ({"run02/training/class21.png": drawing(3)}, "21 drawings in run02/training/, where 20"),
        (
            {"run02/class_labels.txt": LABELS + LABELS},
            "the 20 drawings in test/ once.*40 names, 20",
        ),
        (
            {"run02/class_labels.txt": LABELS.replace("s02", "s03")},
            "in training/ once.*20 names, 19",
        ),
        ({"run02/test/item03.png": b"no image"}, "item03.png is damaged or not an image"),
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


def test_damaged_or_missing_archives(archive, tmp_path):
    path = archive()
    data = path.read_bytes()
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


# Bytes of the first entry in the directory of a zip that are flipped, and by how.
FLIPS = {
    "encrypted": {8: 1},
    "name not in UTF-8": {9: 8, 46: 128},
    "unknown compression": {10: 255},
    "another compression": {10: 8},
    "checksum": {16: 1},
    "size": {24: 1},
    "place": {42: 1},
    "name of a run": {50: 1},
    "name of a drawing": {61: 1},
}


@pytest.mark.parametrize("flips", FLIPS.values(), ids=FLIPS.keys())
def test_a_damaged_directory_of_the_zip(archive, flips):
    path = archive()
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\1\2")
    assert data[entry + 46 :].startswith(b"run01/training/class01.png")
    for place, flip in flips.items():
        data[entry + place] ^= flip
    path.write_bytes(data)
    with pytest.raises(DataError, match="all_runs.zip"):
        load_lake_runs(path, image_size=21)


def test_damaged_content_of_the_zip(archive):
    path = archive()
    data = bytearray(path.read_bytes())
    data[data.index(drawing(25)) + 60] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="all_runs.zip: run.*png is damaged .*CRC"):
        load_lake_runs(path, image_size=21)
