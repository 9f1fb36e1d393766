"""Classes are split by hash, by the lists of the field, and by lists of one's own."""

import json

import numpy as np
import pytest

from episodes import CLASS_LISTS, DataError, FewShotDataset, read_class_lists, split_dataset

SIZES = {
    "cifar_fs": [64, 16, 20],
    "cub": [140, 30, 30],
    "dtd": [33, 7, 7],
    "fc100": [60, 20, 20],
    "flowers": [71, 15, 16],
}


def make(names):
    return FewShotDataset(np.zeros((len(names), 2, 4, 4), "uint8"), names)


def names_of(splits):
    return [set(part.class_names) for part in splits]


def test_the_lists_of_the_field_have_their_sizes_and_share_no_class():
    assert set(CLASS_LISTS) == set(SIZES)
    for name in CLASS_LISTS:
        lists = read_class_lists(name).values()
        assert [len(part) for part in lists] == SIZES[name]
        assert len(set().union(*lists)) == sum(SIZES[name])
    both = [sorted(sum(read_class_lists(name).values(), [])) for name in ("cifar_fs", "fc100")]
    assert both[0] == both[1]


@pytest.mark.parametrize(("split", "dataset"), [("dtd", "dtd"), ("flowers", "oxford_flowers102")])
def test_the_lists_name_the_classes_of_tensorflow_datasets(split, dataset):
    tfds = pytest.importorskip("tensorflow_datasets")
    names = tfds.builder(dataset).info.features["label"].names
    parts = split_dataset(make(names), split)
    assert [part.num_classes for part in parts] == SIZES[split]


def test_names_may_have_a_number_in_front_and_other_signs():
    lists = read_class_lists("cub")
    names = [
        f"{number:03}.{name.replace('_', ' ')}"
        for number, name in enumerate(sorted(sum(lists.values(), [])), 1)
    ]
    assert [part.num_classes for part in split_dataset(make(names), "cub")] == SIZES["cub"]


@pytest.mark.parametrize("count", [6, 7, 14, 15, 30, 101])
def test_each_part_has_as_many_classes_as_an_episode_where_there_are_enough(count):
    splits = split_dataset(make([f"c{i}" for i in range(count)]))
    assert sum(part.num_classes for part in splits) == count
    assert min(part.num_classes for part in splits) >= min(5, count // 3)
    assert splits.test.num_classes >= count // 5 and splits.train.num_classes >= count / 3


def test_a_new_class_moves_few_others():
    names = [f"class {i}" for i in range(60)]
    before, after = (names_of(split_dataset(make(some))) for some in (names, [*names, "new"]))
    assert all(len((old ^ new) - {"new"}) <= 1 for old, new in zip(before, after, strict=True))


def test_the_order_of_classes_does_not_matter_and_the_seed_does():
    names = [f"class {i}" for i in range(30)]
    one = names_of(split_dataset(make(names)))
    assert one == names_of(split_dataset(make(names[::-1])))
    assert one != names_of(split_dataset(make(names), seed=1))


@pytest.fixture
def lists(tmp_path):
    path = tmp_path / "lists.json"

    def write(content):
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


GOOD = {"train": ["a", "b"], "validation": ["c", "d"], "test": ["e", "f"]}


def test_lists_of_ones_own_may_leave_classes_out(lists):
    parts = split_dataset(make("fedcbaxyz"), lists({**GOOD, "about": "mine"}))
    assert [part.class_names for part in parts] == [("a", "b"), ("c", "d"), ("e", "f")]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (
            GOOD | {"test": ["e", "aff"]},
            ValueError,
            "names 1 of the classes that the data does not have",
        ),
        (GOOD | {"test": ["e", "a"]}, ValueError, "'a' twice, in 'train' and 'test'"),
        (GOOD | {"test": ["e", "e"]}, ValueError, "'e' twice"),
        (GOOD | {"test": ["e"]}, ValueError, "'test' of .* names 1 class:"),
        (GOOD | {"test": [5, 6]}, DataError, "no list 'test' of names"),
        ({"train": ["a"]}, DataError, "no list 'validation'|names 1 class:"),
        ("[]", DataError, "no list 'train'"),
        ("{", DataError, "cannot be read"),
        ("[" * 100_000, DataError, "cannot be read"),
    ],
)
def test_bad_lists_are_refused(lists, content, error, message):
    with pytest.raises(error, match=message):
        split_dataset(make("abcdef"), lists(content))


def test_a_near_name_is_proposed(lists):
    path = lists(GOOD | {"test": ["whale", "otters"]})
    with pytest.raises(ValueError, match="such as 'otters': did you mean 'otter'"):
        split_dataset(make(["a", "b", "c", "d", "whale", "otter"]), path)


def test_names_that_differ_in_case_and_signs_alone_are_told_apart(lists):
    path = lists({"train": ["A", "1.5V"], "validation": ["a", "2.5V"], "test": ["+", "-"]})
    splits = split_dataset(make(["a", "A", "1.5V", "2.5V", "-", "+"]), path)
    assert [part.class_names for part in splits] == [("A", "1.5V"), ("a", "2.5V"), ("+", "-")]
    path = lists({"train": ["AA", "b"], "validation": ["c", "d"], "test": ["e", "f"]})
    with pytest.raises(ValueError, match="'AA', which may be any of 'aa', 'Aa'"):
        split_dataset(make(["aa", "Aa", *"bcdef"]), path)


def test_an_unknown_split_names_the_known_ones():
    with pytest.raises(ValueError, match="cifar_fs, cub.*Received: 'cifarfs'"):
        split_dataset(make("abcdef"), "cifarfs")


def test_too_few_classes_say_what_can_be_done():
    with pytest.raises(ValueError, match="5 classes cannot be split.*FewShotClassifier"):
        split_dataset(make("abcde"))


def test_a_seed_has_no_effect_on_lists(lists):
    with pytest.raises(ValueError, match="The seed of the split, 3, .* leave one of the two out"):
        split_dataset(make("abcdef"), lists(GOOD), seed=3)
