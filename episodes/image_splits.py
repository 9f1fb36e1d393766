"""Train, validation and test classes of a folder of images, which may have a folder for each."""

import pathlib

from episodes.cache import DataError
from episodes.class_splits import split_dataset
from episodes.image_folder import load_image_folder
from episodes.splits import Splits

_NAMES = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}


def load_image_splits(path, split="hash", seed=0, ways=5, **kwargs):
    """Returns the train, validation and test classes of a folder of images, as `Splits`.

    The folder holds `class/image.png`, as `load_image_folder` reads it, and its classes are split
    as `split_dataset` does; or it holds the folders `train`, `validation` (or `val`) and `test`
    with the classes of each.

    Args:
        path: path of the folder.
        split: as `split_dataset` takes it; with folders of their own, only `"hash"`. Defaults to
            `"hash"`.
        seed: as `split_dataset` takes it. Defaults to `0`.
        ways: as `split_dataset` takes it. Defaults to `5`.
        **kwargs: arguments of `load_image_folder`.

    Raises:
        ValueError: as `load_image_folder` and `split_dataset`.
        DataError: as `load_image_folder`; or if only some of the three folders are there, other
            folders are beside them, or the same class is in two of them.

    Example: `load_image_splits("my_signs", image_size=28, invert=True)`
    """
    root = pathlib.Path(path)
    folders = _find_folders(root)
    if not folders:
        return split_dataset(load_image_folder(root, **kwargs), split, seed, ways)
    if split != "hash":
        raise ValueError(
            f"split={split!r} splits one folder of classes, but {root} has the folders "
            f"{', '.join(folders.values())}: leave split out, or put all classes into one folder."
        )
    parts = {part: load_image_folder(root / folders[part], **kwargs) for part in Splits._fields}
    try:
        return Splits(**parts)
    except ValueError:
        names = [set(dataset.class_names) for dataset in parts.values()]
        shared = min((names[0] & names[1]) | (names[0] & names[2]) | (names[1] & names[2]))
        raise DataError(
            f"The folders {', '.join(folders.values())} of {root} share classes, such as "
            f"{shared!r}: few-shot learning is measured on classes that were never seen in "
            "training. Put all images of a class into one folder, and all classes into "
            f"{root} itself, to have them split by class."
        ) from None


def _find_folders(root):
    """Returns a dict from a part to the name of its folder; empty if there is none for testing."""
    if not root.is_dir():
        return {}
    names = [folder.name for folder in root.iterdir() if folder.is_dir()]
    folders = {_NAMES[name]: name for name in sorted(names) if name in _NAMES}
    if not {"train", "test"} <= set(folders):
        # Classes may have these names, such as that of a railway.
        return {}
    if "validation" not in folders:
        raise DataError(
            f"Image folder {root} has the folders train and test, but none named validation: add "
            "one with classes to choose the best checkpoint by, which no other has."
        )
    others = [name for name in names if name not in folders.values() and name[0] != "."]
    if others:
        raise DataError(
            f"Image folder {root} has the folders {', '.join(folders.values())}, and beside them "
            f"{', '.join(map(repr, sorted(others)[:5]))}: move the classes into one of the three."
        )
    return folders
