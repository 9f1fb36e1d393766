"""Tests of episodes/frozen.py: episodes read back as written, with the same hash everywhere."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from episodes.augmentation import Augmentation
from episodes.cache import DataError, read_arrays, write_arrays
from episodes.characters import generate_characters
from episodes.few_shot import FewShotSampler
from episodes.frozen import _CONTENT, FrozenEpisodes, freeze_episodes
from episodes.sequence import SequenceSampler

# Of the episodes that `sampler` makes; another hash would mean that they are no longer the same
# in the next version of this program as in this one.
EXPECTED = "cda211afbe97"


def sampler():
    dataset = generate_characters(9, num_drawings=6, image_size=12)
    return FewShotSampler(dataset, ways=5, shots=1, queries=3, seed=4, rotations=True)


def test_frozen_episodes_read_back(tmp_path):
    path = tmp_path / "5w1s.npz"
    digest = freeze_episodes(sampler(), 70, path)
    frozen = FrozenEpisodes(path)
    assert (len(frozen), frozen.ways, frozen.sha256) == (70, 5, digest)
    assert digest.startswith(EXPECTED)
    for index in (0, 69):
        episode, expected = frozen[index], sampler()[index]
        for part in ("support", "query"):
            for one, other in zip(getattr(episode, part), getattr(expected, part), strict=True):
                np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(episode.class_indices, expected.class_indices)
        assert episode.class_names == expected.class_names
    batch, expected = frozen.batch(60, 10), sampler().batch(60, 10)
    np.testing.assert_array_equal(batch.query.images, expected.query.images)
    assert path.stat().st_size < 9 * 4 * 6 * 144 + 70_000, "each image is stored once"


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_hash_is_the_same_on_every_backend(tmp_path, backend):
    pytest.importorskip("keras")
    root = pathlib.Path(__file__).parents[2]
    code = (
        "import sys, keras, mann, test_frozen; from episodes import freeze_episodes; "
        "print(freeze_episodes(test_frozen.sampler(), 70, sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "episodes.npz"],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": f"{root}:{pathlib.Path(__file__).parent}",
            "OMP_NUM_THREADS": "1" if backend == "jax" else "2",
        },
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split()[-1].startswith(EXPECTED)


def test_index_out_of_range(tmp_path):
    freeze_episodes(sampler(), 3, tmp_path / "few.npz")
    frozen = FrozenEpisodes(tmp_path / "few.npz")
    assert len(list(frozen)) == 3
    with pytest.raises(IndexError):
        frozen[3]
    with pytest.raises(IndexError, match="Episodes 2 to 4.*holds 3"):
        frozen.batch(2, 3)


def test_damaged_missing_or_augmented(tmp_path):
    path = tmp_path / "episodes.npz"
    freeze_episodes(sampler(), 3, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="episodes.npz.*freeze the episodes again"):
        FrozenEpisodes(path)
    with pytest.raises(DataError, match="nothing.npz cannot be read"):
        FrozenEpisodes(tmp_path / "nothing.npz")
    dataset = generate_characters(5, num_drawings=6, image_size=12)
    augmented = FewShotSampler(dataset, 5, 1, 3, augmentation=Augmentation())
    with pytest.raises(ValueError, match="`num_episodes` must be"):
        freeze_episodes(sampler(), 0, tmp_path / "none.npz")
    with pytest.raises(ValueError, match="must end in .npz"):
        freeze_episodes(sampler(), 1, tmp_path / "none")
    assert not (tmp_path / "none.npz").exists()
    with pytest.raises(ValueError, match="must be a FewShotSampler.*Received: SequenceSampler"):
        freeze_episodes(SequenceSampler(dataset, instances=2), 1, path)
    with pytest.raises(ValueError, match="augmentation=None"):
        freeze_episodes(augmented, 3, path)


def without(name):
    return lambda arrays: arrays.pop(name)


def with_array(name, change):
    return lambda arrays: arrays.update({name: change(arrays[name])})


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda arrays: arrays.clear(), "its arrays are , not class_indices"),
        (without("images"), "its arrays are class_indices"),
        (without("query_rows"), "not class_indices, .*query_rows"),
        (with_array("images", lambda images: images[0]), "'images' is uint8 of shape .12, 12."),
        (with_array("images", lambda images: images.astype(float)), "'images' is float64"),
        (with_array("images", lambda images: images[:1]), "'support_rows' is not all from 0 to 0"),
        (with_array("query_rows", np.negative), "'query_rows' is not all from 0"),
        (with_array("query_rows", lambda rows: rows[:, :-1]), "'query_labels' has shape"),
        (with_array("query_labels", lambda labels: labels + 1), "each of 5 classes equally often"),
        (with_array("support_labels", np.zeros_like), "each of 5 classes equally often"),
        (with_array("support_labels", lambda labels: labels[:2]), "'support_labels' has shape"),
        (with_array("class_indices", lambda indices: indices[0]), "'class_indices' is int32"),
        (with_array("class_indices", lambda indices: indices[:, :0]), "'class_indices' has shape"),
        (with_array("class_names", lambda names: names[:, 1:]), "'class_names' .3, 4."),
        (with_array("class_names", lambda names: names.astype(bytes)), "'class_names' is .S"),
    ],
)
def test_arrays_that_are_not_episodes(tmp_path, change, message):
    """A file may be undamaged, with the right digest, and still hold what no sampler made."""
    path = tmp_path / "episodes.npz"
    freeze_episodes(sampler(), 3, path)
    arrays = read_arrays(path, _CONTENT)
    change(arrays)
    write_arrays(path, _CONTENT, arrays)
    with pytest.raises(DataError, match=f"episodes.npz holds no few-shot episodes: .*{message}"):
        FrozenEpisodes(path)


def test_an_episode_is_cut_off_in_all_arrays(tmp_path):
    path = tmp_path / "episodes.npz"
    freeze_episodes(sampler(), 3, path)
    arrays = read_arrays(path, _CONTENT)
    cut = {name: array if name == "images" else array[:2] for name, array in arrays.items()}
    write_arrays(path, _CONTENT, cut)
    assert len(FrozenEpisodes(path)) == 2
    write_arrays(path, _CONTENT, {name: array[:0] for name, array in arrays.items()})
    with pytest.raises(DataError, match="'class_indices' has shape .0, 5."):
        FrozenEpisodes(path)
