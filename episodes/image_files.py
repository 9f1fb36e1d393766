"""Finds the image files of a folder of classes, and lists the files that it leaves out."""

import collections
import pathlib
import unicodedata
from typing import NamedTuple

from PIL import Image

from episodes.cache import DataError, summarize_error

# Files that end so must be images; others are if Pillow can read them.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")

# Files that systems add to folders. None holds a drawing, so that they are not reported.
_SYSTEM_FILES = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory", "icon\r"}
# Folders that systems add. They may hold copies of drawings, so that they are reported.
_SYSTEM_FOLDERS = {"@eadir", "__macosx", "$recycle.bin", "system volume information"}
_MOST_NAMED = 5


class LeftOut(NamedTuple):
    path: pathlib.Path
    why: str


def find_images(root):
    """Returns the image files of each class below a folder, and the other files there.

    Links to folders are followed; a folder is read once, whatever leads to it. The order is that of
    the names in Unicode's NFC, which are the same on every system.

    Args:
        root: path of the folder.

    Returns:
        Dict from the name of a class, its path below `root`, to its files, and a list of `LeftOut`.

    Raises:
        DataError: if a folder cannot be read or has a name that is not Unicode.
    """
    classes, left_out = {}, []
    folders, links, seen = [root], collections.deque(), {}
    while folders or links:
        # A folder is read before any link to it, so that it goes by its own name.
        folder = folders.pop() if folders else links.popleft()
        real = folder.resolve()
        if real in seen:
            left_out.append(LeftOut(folder, f"a link to {seen[real]}, which is read already"))
            continue
        seen[real] = folder
        entries = _list_entries(folder)
        if not entries:
            left_out.append(LeftOut(folder, "an empty folder"))
        for path in entries:
            if path.name.startswith(".") or path.name.lower() in _SYSTEM_FOLDERS:
                left_out.append(LeftOut(path, "hidden or made by a system"))
            elif path.is_dir():
                (links if path.is_symlink() else folders).append(path)
            elif not path.is_file():
                left_out.append(LeftOut(path, "a broken link, or not a file"))
            elif not _is_image(path):
                left_out.append(LeftOut(path, "not an image"))
            elif folder == root:
                left_out.append(LeftOut(path, "an image outside the folder of a class"))
            else:
                classes.setdefault(_name_class(folder, root), []).append(path)
    for files in classes.values():
        files.sort(key=lambda file: (_normalize(file.name), file))
    return {name: classes[name] for name in sorted(classes)}, left_out


def describe_left_out(root, left_out):
    """Returns one line that says which files of a folder were left out, how many and why."""
    paths = collections.defaultdict(list)
    for path, why in left_out:
        paths[why].append(path.relative_to(root).as_posix())
    reasons = []
    for why, of_reason in paths.items():
        names = ", ".join(map(repr, sorted(of_reason)[:_MOST_NAMED]))
        more = ", ..." if len(of_reason) > _MOST_NAMED else ""
        reasons.append(f"{why} ({len(of_reason)}: {names}{more})")
    return f"Image folder {root}: {len(left_out)} left out: {'; '.join(reasons)}."


def _list_entries(folder):
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"Folder {folder} cannot be read ({summarize_error(error)}).") from None
    # "._" are what macOS keeps about a file on disks of other systems.
    return [
        path
        for path in paths
        if path.name.lower() not in _SYSTEM_FILES and not path.name.startswith("._")
    ]


def _is_image(path):
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with Image.open(path) as image:
            image.load()
    # Pillow's readers raise nearly anything on bytes that are not an image.
    except Exception:
        return False
    return True


def _name_class(folder, root):
    name = _normalize(folder.relative_to(root).as_posix())
    try:
        name.encode()
    except UnicodeEncodeError:
        raise DataError(f"Folder {name!r} of {root} has a name not in UTF-8: rename it.") from None
    return name


def _normalize(name):
    return unicodedata.normalize("NFC", name)
