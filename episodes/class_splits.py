"""Splits the classes of a data set: by hash, by the lists of the field, or by lists of your own."""

import difflib
import hashlib
import json
import pathlib
import re

from episodes.cache import DataError, summarize_error
from episodes.splits import Splits
from episodes.wording import count

_LISTS = pathlib.Path(__file__).parent / "class_lists"
# The splits of the field that this package holds, by the names of their classes.
CLASS_LISTS = tuple(sorted(path.stem for path in _LISTS.glob("*.json")))
_PARTS = Splits._fields
# Episodes of a split need two classes to tell apart.
_LEAST = 2
_USUAL_WAYS = 5


def split_dataset(dataset, split="hash", seed=0):
    """Returns the train, validation and test classes of a data set, as `Splits`.

    By hash, the classes come in the order of the SHA-256 of the seed and their names: the last
    fifth of them, or 5 if that is more, but at most a third, are for testing, as many before them
    for validation, and the first for training. A class that is added moves at most one other across
    each border.

    Args:
        dataset: `FewShotDataset` of all classes.
        split: `"hash"`; one of `CLASS_LISTS`, lists that the field compares results on:
            `"cifar_fs"` and `"fc100"` of CIFAR-100, and `"cub"`, `"dtd"` and `"flowers"` of
            Meta-Dataset; or the path of a JSON file with the lists `train`, `validation` and
            `test` of names of classes. Defaults to `"hash"`.
        seed: non-negative integer; another one is another split by hash, and only `0` goes with
            lists. Defaults to `0`.

    Raises:
        ValueError: if `split` is unknown, there are fewer than 6 classes to split by hash, a list
            is empty or names a class that `dataset` lacks or that another list has, or a seed is
            given for lists.
        DataError: if the file of the lists cannot be read or has another form.

    Example:

    >>> import numpy as np
    >>> from episodes.dataset import FewShotDataset
    >>> digits = FewShotDataset(np.zeros((10, 20, 8, 8), "uint8"), list("0123456789"))
    >>> [part.class_names for part in split_dataset(digits)]
    [('4', '0', '6', '9'), ('7', '2', '1'), ('5', '8', '3')]
    """
    if split == "hash":
        return _split_by_hash(dataset, seed)
    if seed != 0:
        raise ValueError(
            f"The seed of the split, {seed!r}, is for a split by hash, but {split!r} lists the "
            "classes: leave one of the two out."
        )
    return _split_by_lists(dataset, read_class_lists(split), split)


def _split_by_hash(dataset, seed):
    number = dataset.num_classes
    if number < 3 * _LEAST:
        raise ValueError(
            f"{count(number, 'class')} cannot be split: train, validation and test need {_LEAST} "
            f"each, which no other has. Add classes until there are {3 * _LEAST} or more. Of "
            "drawings no training is needed: FewShotClassifier with a pretrained model learns a "
            "few classes from a few images."
        )
    share = max(number // 5, min(_USUAL_WAYS, number // 3))
    order = sorted(range(number), key=lambda i: _hash(f"{seed}/{dataset.class_names[i]}"))
    first, second = number - 2 * share, number - share
    return Splits(*map(dataset.select, (order[:first], order[first:second], order[second:])))


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _split_by_lists(dataset, lists, split):
    exact = {name: i for i, name in enumerate(dataset.class_names)}
    alike = {}
    for name, i in exact.items():
        alike.setdefault(_simplify(name), []).append(i)
    parts = []
    for part in _PARTS:
        found = [[exact[n]] if n in exact else alike.get(_simplify(n), []) for n in lists[part]]
        if absent := [n for n, places in zip(lists[part], found, strict=True) if not places]:
            raise _absent_error(absent, part, split, dataset, alike)
        for name, places in zip(lists[part], found, strict=True):
            if len(places) > 1:
                names = ", ".join(repr(dataset.class_names[i]) for i in places)
                raise ValueError(
                    f"The list {part!r} of split {split!r} names {name!r}, which may be any of "
                    f"{names}: write its name as the data has it."
                )
        parts.append(dataset.select(places[0] for places in found))
    return Splits(*parts)


def _absent_error(absent, part, split, dataset, alike):
    near = difflib.get_close_matches(_simplify(absent[0]), alike, 1)
    hint = f"did you mean {dataset.class_names[alike[near[0]][0]]!r}? " if near else ""
    return ValueError(
        f"The list {part!r} of split {split!r} names {len(absent)} of the classes that the data "
        f"does not have, such as {absent[0]!r}: {hint}it has "
        f"{count(dataset.num_classes, 'class')}, such as {dataset.class_names[0]!r}."
    )


def _simplify(name):
    """Returns a name without what data sets write differently: a number in front, and case.

    >>> _simplify("001.Black_footed_Albatross")
    'black footed albatross'
    """
    return re.sub(r"[^\w]+|_", " ", re.sub(r"^\d+\.", "", name)).strip().lower()


def read_class_lists(split):
    """Returns a dict from `train`, `validation` and `test` to lists of names of classes.

    Args:
        split: one of `CLASS_LISTS`, or the path of a JSON file.

    Raises:
        ValueError: if there is no such list, a list is empty, or a name is in two of them.
        DataError: if the file cannot be read or has another form.

    Example:

    >>> [len(names) for names in read_class_lists("cifar_fs").values()]
    [64, 16, 20]
    """
    path = _LISTS / f"{split}.json" if split in CLASS_LISTS else pathlib.Path(split)
    if not path.is_file():
        raise ValueError(
            f"split must be hash, one of {', '.join(CLASS_LISTS)}, or the path of a JSON file with "
            f"lists of the names of classes. Received: {split!r}, which is not a file."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"The class lists {path} cannot be read ({summarize_error(error)}).") from (
            None
        )
    lists = {}
    for part in _PARTS:
        names = content.get(part) if isinstance(content, dict) else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DataError(
                f"The class lists {path} must be an object with the lists train, validation and "
                f"test of names of classes. There is no list {part!r} of names."
            )
        lists[part] = names
    _check_lists(lists, path)
    return lists


def _check_lists(lists, path):
    seen = {}
    for part, names in lists.items():
        if len(names) < _LEAST:
            raise ValueError(
                f"The list {part!r} of {path} names {count(len(names), 'class')}: it needs "
                f"{_LEAST} or more."
            )
        for name in names:
            other = seen.setdefault(name, part)
            if other != part or names.count(name) > 1:
                raise ValueError(
                    f"The class lists {path} name {name!r} twice, in {other!r} and {part!r}: "
                    "remove one, as test classes must never be seen in training."
                )
