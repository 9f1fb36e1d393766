"""Tests of runs within one alphabet: who drew what, and episodes of one alphabet in training."""

import hashlib

import numpy as np
import pytest

from episodes import DataError, FewShotDataset, FewShotSampler, draw_alphabet_runs, load_drawers
from episodes import omniglot as omniglot_module
from episodes.omniglot_tfds import find_drawers

ALPHABETS = {"Greek": 9, "Latin": 7, "Runes": 4}


@pytest.fixture
def dataset():
    """Classes of three alphabets, each image of one grey: its class, then who drew it from 1."""
    names = [f"{name}/{index}" for name, size in ALPHABETS.items() for index in range(size)]
    rng = np.random.default_rng(0)
    drawers = {name: rng.permutation(5) + 1 for name in names}
    images = np.zeros((len(names), 5, 2, 2), np.uint8)
    for index, name in enumerate(names):
        images[index, :, 0, :] = index
        images[index, :, 1, :] = drawers[name][:, None]
    order = rng.permutation(len(names))
    return FewShotDataset(images, names).select(order), drawers


def read(dataset, images):
    """Returns the name of the class of each image, and who drew it."""
    codes = np.rint(images * 255).astype(int)
    names = sorted(dataset.class_names)
    return [names[index] for index in codes[..., 0, 0].ravel()], codes[..., 1, 0]


def test_a_run_has_one_alphabet_and_two_drawers(dataset):
    dataset, drawers = dataset
    runs = draw_alphabet_runs(dataset, drawers, ways=5, runs=50, seed=1)
    # Runes has too few characters.
    assert sorted(runs) == ["Greek", "Latin"]
    for alphabet, batch in runs.items():
        for run in range(50):
            support, drew = read(dataset, batch.support.images[run])
            query, asked = read(dataset, batch.query.images[run])
            assert {name.partition("/")[0] for name in support} == {alphabet}
            assert len(set(support)) == 5 and tuple(support) == batch.class_names[run]
            assert [support[label] for label in batch.query.labels[run]] == query
            assert sorted(batch.query.labels[run]) == list(range(5))
            assert len(set(drew)) == len(set(asked)) == 1 and drew[0] != asked[0]


def test_runs_differ_and_depend_on_the_seed(dataset):
    dataset, drawers = dataset
    first, again, other = (
        draw_alphabet_runs(dataset, drawers, 5, 40, seed)["Greek"] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.query.images, again.query.images)
    assert not np.array_equal(first.query.labels, other.query.labels)
    # Each character and each drawer has its turn.
    _, drew = read(dataset, first.support.images)
    assert len(np.unique(first.class_indices)) == 9 and len(np.unique(drew)) == 5
    assert len(np.unique(first.query.labels[:, 0])) == 5


def test_no_alphabet_has_enough_characters(dataset):
    with pytest.raises(ValueError, match="`ways` must be at most 9, .*Received: 10"):
        draw_alphabet_runs(*dataset, ways=10)


def group_names(sampler, num_episodes=200):
    return [
        {name.partition("/")[0] for name in sampler[index].class_names}
        for index in range(num_episodes)
    ]


def test_a_share_of_the_episodes_is_within_one_alphabet(dataset):
    dataset, _ = dataset
    arguments = {"ways": 4, "shots": 1, "queries": 1}
    assert all(
        len(g) == 1 for g in group_names(FewShotSampler(dataset, **arguments, within_group=1))
    )
    alone = [len(g) == 1 for g in group_names(FewShotSampler(dataset, **arguments))]
    half = [
        len(g) == 1 for g in group_names(FewShotSampler(dataset, **arguments, within_group=0.5))
    ]
    assert np.mean(alone) < 0.1 and 0.4 < np.mean(half) < 0.65
    # The others are as they are without.
    classes, plain = (
        FewShotSampler(dataset, **arguments, within_group=share).batch(0, 200).class_indices
        for share in (0.5, 0.0)
    )
    assert 0.4 < np.mean((classes == plain).all(axis=1)) < 0.65


def test_each_alphabet_and_each_label_has_its_turn(dataset):
    dataset, _ = dataset
    sampler = FewShotSampler(dataset, 4, 1, 1, within_group=1)
    found = group_names(sampler)
    assert all(30 < sum(name in g for g in found) < 110 for name in ALPHABETS)
    classes = sampler.batch(0, 400).class_indices
    runes = [name.startswith("Runes") for name in dataset.class_names]
    runes = classes[np.array(runes)[classes].all(axis=1)]
    assert all(len(np.unique(runes[:, label])) == 4 for label in range(4))


def test_whole_alphabets_fill_an_episode_that_one_cannot(dataset):
    dataset, _ = dataset
    batch = FewShotSampler(dataset, 10, 1, 1, within_group=1).batch(0, 60)
    for names in batch.class_names:
        counts = {key: sum(n.startswith(key) for n in names) for key in ALPHABETS}
        present = {key: number for key, number in counts.items() if number}
        # All but the last one taken are whole.
        assert sum(present[key] < ALPHABETS[key] for key in present) <= 1
    # A label does not tell which alphabet it is of.
    first = [names[0][:5] == names[1][:5] for names in batch.class_names]
    assert 0.2 < np.mean(first) < 0.8


def test_the_characters_of_an_alphabet_are_turned_alike():
    # The lightest corner tells the turn.
    images = np.zeros((8, 4, 2, 2), np.uint8)
    images[:, :, 0, 0] = 255
    dataset = FewShotDataset(images, [f"Latin/{index}" for index in range(8)])
    sampler = FewShotSampler(dataset, 6, 1, 1, rotations=True, within_group=0.5)
    corners = [np.unique(sampler[i].support.images.reshape(6, 4).argmax(axis=1)) for i in range(80)]
    alike = [len(corner) == 1 for corner in corners]
    assert 0.3 < np.mean(alike) < 0.7
    assert {corner[0] for corner in corners if len(corner) == 1} == {0, 1, 2, 3}


@pytest.mark.parametrize("share", [-0.1, 1.1, None, "half"])
def test_a_wrong_share_is_refused(dataset, share):
    with pytest.raises(ValueError, match="`within_group` must be a number from 0 to 1"):
        FewShotSampler(dataset[0], 4, 1, 1, within_group=share)


def list_records(subset="test"):
    """Returns characters as a data set lists them, in the order of the MD5 of its files' names."""
    keys = [
        (character, drawer)
        for character in [("Greek", 0, 7), ("Greek", 1, 8), ("Latin", 0, 120)]
        for drawer in range(1, 21)
    ]

    def place(key):
        (alphabet, index, label), drawer = key
        name = f"{subset}{alphabet}_{index}_{label + 1:04d}_{drawer:02d}.png"
        return hashlib.md5(name.encode()).hexdigest()

    return sorted(keys, key=place)


def test_drawers_are_read_off_the_order_of_the_records():
    records = list_records()
    assert find_drawers("test", [character for character, _ in records]) == [
        drawer for _, drawer in records
    ]


def test_another_order_tells_nothing():
    characters = [character for character, _ in list_records("train")]
    assert find_drawers("test", characters) == [0] * 60


def test_drawers_that_cannot_be_told_are_an_error(tmp_path, monkeypatch):
    read = {"class_names": np.array(["a"]), "drawers": np.zeros((1, 20), np.uint8)}
    monkeypatch.setattr(omniglot_module, "read_omniglot", lambda *arguments: dict(read))
    with pytest.raises(DataError, match="does not tell who made a drawing"):
        load_drawers(cache_dir=tmp_path)
    read["drawers"] = np.arange(1, 21, dtype=np.uint8)[None]
    assert load_drawers(cache_dir=tmp_path)["a"].tolist() == list(range(1, 21))
    monkeypatch.delattr(omniglot_module, "read_omniglot")
    assert load_drawers(cache_dir=tmp_path)["a"].tolist() == list(range(1, 21))
