"""Train, validation and test classes of a folder of images, which may have a folder for each."""

import itertools
import pathlib

from episodes.cache import DataError
from episodes.class_splits import split_dataset
from episodes.dataset import FewShotDataset
from episodes.image_files import LeftOut, find_images
from episodes.image_folder import load_image_folder, read_classes
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
    The three are read as one: a warning or an error is of all, and grey of 16 bits is scaled alike.

    Args:
        path: path of the folder.
        split: as `split_dataset` takes it; with folders of their own, only `"hash"`. Defaults to
            `"hash"`.
        seed: as `split_dataset` takes it; with folders of their own, only `0`. Defaults to `0`.
        **kwargs: arguments of `load_image_folder`.

    Raises:
        ValueError: as `load_image_folder` and `split_dataset`.
        DataError: as `load_image_folder`; or if only some of the three folders are there, other
            folders are beside them, one has no class, or the same class is in two of them. A
            folder of such a name without folders in it is a class.

    Example: `load_image_splits("my_signs", image_size=28, invert=True)`
    """
    root = pathlib.Path(path)
    folders = _find_folders(root)
    if not folders:
        return split_dataset(load_image_folder(root, **kwargs), split, seed)
    for name, value, usual in (("split", split, "hash"), ("seed of the split", seed, 0)):
        if value != usual:
            raise ValueError(
                f"The {name}, {value!r}, is for one folder of classes, but {root} has the folders "
                f"{', '.join(folders.values())}: leave it out, or put all classes into one folder."
            )
    classes, left_out = find_images(root)
    for folder in folders.values():
        loose = classes.pop(folder, [])
        left_out += [LeftOut(file, "an image outside the folder of a class") for file in loose]
    _check_classes(root, folders, classes)
    # All at once: 16 bits are scaled alike in the three, and none has an image of another.
    dataset = read_classes(root, classes, left_out, **kwargs)
    return Splits(**{part: _select(dataset, f"{folders[part]}/") for part in Splits._fields})


def _check_classes(root, folders, classes):
    """Raises DataError if one of the three folders has no class, or one of another."""
    names = {
        folder: {
            name.removeprefix(f"{folder}/") for name in classes if name.startswith(f"{folder}/")
        }
        for folder in folders.values()
    }
    for folder, of_folder in names.items():
        if not of_folder:
            raise DataError(f"Image folder {root / folder} holds no class/image.png.")
    for one, other in itertools.combinations(names, 2):
        if shared := names[one] & names[other]:
            raise DataError(
                f"The folders {one} and {other} of {root} share classes, such as "
                f"{min(shared)!r}: few-shot learning is measured on classes that were never seen "
                "in training. Put all images of a class into one folder, and all classes into "
                f"{root} itself, to have them split by class."
            )


def _select(dataset, prefix):
    """Returns the classes whose names start so, without it, as if they had been read alone."""
    chosen = [i for i, name in enumerate(dataset.class_names) if name.startswith(prefix)]
    part = dataset.select(chosen)
    names = [name.removeprefix(prefix) for name in part.class_names]
    return FewShotDataset(part.images[:, : part.counts.max()], names, part.counts)


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
