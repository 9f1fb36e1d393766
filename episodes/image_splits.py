"""Train, validation and test classes of a folder of images, which may have a folder for each."""

import pathlib

from episodes.cache import DataError
from episodes.class_splits import split_dataset
from episodes.image_folder import load_image_folder
from episodes.splits import Splits

# What people call the three, in small letters.
_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "val", "valid", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def load_image_splits(path, split="hash", seed=0, **kwargs):
    """Returns the train, validation and test classes of a folder of images, as `Splits`.

    The folder holds `class/image.png`, as `load_image_folder` reads it, and its classes are split
    as `split_dataset` does; or it holds the folders `train`, `validation` and `test` with the
    classes of each. `training`, `val`, `valid`, `dev` and `testing` mean the same, in capitals too.

    Args:
        path: path of the folder.
        split: as `split_dataset` takes it; with folders of their own, only `"hash"`. Defaults to
            `"hash"`.
        seed: as `split_dataset` takes it. Defaults to `0`.
        **kwargs: arguments of `load_image_folder`.

    Raises:
        ValueError: as `load_image_folder` and `split_dataset`.
        DataError: as `load_image_folder`; or if only some of the three folders are there, other
            folders are beside them, or the same class is in two of them. A folder of such a name
            with images of its own is a class.

    Example: `load_image_splits("my_signs", image_size=28, invert=True)`
    """
    root = pathlib.Path(path)
    folders = _find_folders(root)
    if not folders:
        return split_dataset(load_image_folder(root, **kwargs), split, seed)
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
    """Returns a dict from a part to the name of its folder; empty if the folders are classes."""
    if not root.is_dir():
        return {}
    names = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
    # A class may have such a name too, as that of a railway, but then holds images.
    parts = [name for name in names if name.lower() in _NAMES and _holds_folders(root / name)]
    if not parts:
        return {}
    folders = {_NAMES[name.lower()]: name for name in parts}
    missing = [part for part in Splits._fields if part not in folders]
    if missing or len(folders) < len(parts):
        raise DataError(
            f"Image folder {root} has the folders {', '.join(parts)}, which hold folders of their "
            "own: one each is needed for train, validation and test, with classes that no other "
            f"has. {'Missing: ' + ', '.join(missing) if missing else 'There are more'}. Or put all "
            "images of a class into one folder, and these into one folder, to have them split."
        )
    others = [name for name in names if name not in parts and name[0] != "."]
    if others:
        raise DataError(
            f"Image folder {root} has the folders {', '.join(parts)}, and beside them "
            f"{', '.join(map(repr, others[:5]))}: move the classes into one of the three."
        )
    return folders


def _holds_folders(folder):
    return any(path.is_dir() for path in folder.iterdir())
