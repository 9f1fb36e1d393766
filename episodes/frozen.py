"""Frozen evaluation sets: few-shot episodes in one file, the same for everyone who reads it."""

import collections
import operator
import pathlib

import numpy as np

from episodes._checks import check_positive
from episodes.cache import DataError, hash_arrays, read_arrays, write_arrays
from episodes.few_shot import Episode, Examples, FewShotSampler
from episodes.wording import count

_CONTENT = "few-shot episodes, format 1"
_BATCH = 64
_PARTS = ("support", "query")
# The types of the arrays, and the number of their axes.
_ARRAYS = {
    "images": (np.uint8, (3, 4)),
    "class_indices": (np.int32, (2,)),
    "class_names": (np.str_, (2,)),
    **{f"{part}_{name}": (np.int32, (2,)) for part in _PARTS for name in ("labels", "rows")},
}


def freeze_episodes(sampler, num_episodes, path):
    """Writes the first episodes of a sampler to one file, with every image they need.

    An image that several episodes share is stored once.

    Args:
        sampler: `FewShotSampler` without augmentation.
        num_episodes: number of episodes, 1 or more.
        path: path of the file, ending in `.npz`.

    Returns:
        SHA-256 of the content of the file, as a hex digest: equal digests mean equal episodes.

    Raises:
        ValueError: if `sampler` is not a `FewShotSampler` or augments its images, `num_episodes` is
            less than 1, or `path` does not end in `.npz`.
        DataError: if the file cannot be written.

    Example: `freeze_episodes(FewShotSampler(omniglot.test, 5, 1, 15), 1000, "5w1s.npz")`
    """
    check_positive("num_episodes", num_episodes)
    if pathlib.Path(path).suffix != ".npz":
        raise ValueError(f"Argument `path` must end in .npz. Received: {str(path)!r}.")
    if not isinstance(sampler, FewShotSampler):
        raise ValueError(
            "Argument `sampler` must be a FewShotSampler, whose episodes have a support set and "
            f"queries. Received: {type(sampler).__name__}."
        )
    if sampler.augmentation is not None:
        raise ValueError(
            "Argument `sampler` augments its images, which then are no longer those of the "
            "dataset: freeze a sampler with augmentation=None."
        )
    images = {}
    columns = collections.defaultdict(list)
    for first in range(0, num_episodes, _BATCH):
        episode = sampler.batch(first, min(_BATCH, num_episodes - first))
        columns["class_indices"].append(episode.class_indices.astype(np.int32))
        columns["class_names"].append(np.array(episode.class_names))
        for part in _PARTS:
            examples = getattr(episode, part)
            columns[f"{part}_labels"].append(examples.labels)
            columns[f"{part}_rows"].append(_number_images(examples, images))
    arrays = {name: np.concatenate(parts) for name, parts in columns.items()}
    shape = sampler.dataset.image_shape
    arrays["images"] = np.frombuffer(b"".join(images), np.uint8).reshape(-1, *shape)
    write_arrays(path, _CONTENT, arrays, mend="Choose another path.")
    return FrozenEpisodes(path).sha256


def _number_images(examples, images):
    """Returns the number of each image, an array like the labels.

    Args:
        examples: `Examples` of a batch of episodes.
        images: dict from the bytes of an image to its number, which grows.
    """
    pixels = np.rint(255 * examples.images).astype(np.uint8).reshape(examples.labels.size, -1)
    rows = [images.setdefault(image.tobytes(), len(images)) for image in pixels]
    return np.reshape(rows, examples.labels.shape).astype(np.int32)


def _find_fault(arrays):
    """Returns the reason why arrays are not episodes, as a string, or `None` if they are.

    The digest shows that the file is as it was written, not that `freeze_episodes` wrote it.
    """
    if set(arrays) != set(_ARRAYS):
        return f"its arrays are {', '.join(sorted(arrays))}, not {', '.join(sorted(_ARRAYS))}"
    for name, (kind, axes) in _ARRAYS.items():
        if not np.issubdtype(arrays[name].dtype, kind) or arrays[name].ndim not in axes:
            return f"{name!r} is {arrays[name].dtype} of shape {arrays[name].shape}"
    num_episodes, ways = shape = arrays["class_indices"].shape
    if 0 in shape or arrays["class_names"].shape != shape:
        return f"'class_indices' has shape {shape}, 'class_names' {arrays['class_names'].shape}"
    for part in _PARTS:
        labels, rows = arrays[f"{part}_labels"], arrays[f"{part}_rows"]
        if labels.shape != rows.shape or len(labels) != num_episodes:
            return f"'{part}_labels' has shape {labels.shape}, '{part}_rows' {rows.shape}"
        per_class, rest = divmod(labels.shape[1], ways)
        in_order = np.repeat(np.arange(ways), per_class)
        if rest or not per_class or np.any(np.sort(labels, axis=1) != in_order):
            return f"'{part}_labels' does not name each of {count(ways, 'class')} equally often"
        if rows.min() < 0 or rows.max() >= len(arrays["images"]):
            return f"'{part}_rows' is not all from 0 to {len(arrays['images']) - 1}"
    return None


class FrozenEpisodes:
    """The episodes of a file that `freeze_episodes` wrote: `frozen[i]` is an `Episode`.

    Args:
        path: path of the file. Every byte of it is checked.

    Attributes:
        sha256: hex digest of its content.
        ways: classes of an episode.

    Raises:
        DataError: if the file is missing, damaged or of another kind, or its arrays do not fit
            each other.

    Example: `FrozenEpisodes("5w1s.npz")[17].support.images`
    """

    def __init__(self, path):
        mend = "Copy it anew, or freeze the episodes again."
        self._arrays = read_arrays(path, _CONTENT, mend)
        if reason := _find_fault(self._arrays):
            raise DataError(f"File {path} holds no few-shot episodes: {reason}. {mend}")
        self.sha256 = hash_arrays(_CONTENT, self._arrays)
        self.ways = self._arrays["class_indices"].shape[1]

    def __len__(self):
        return len(self._arrays["class_indices"])

    def __getitem__(self, index):
        """Returns `Episode` number `index`, below the length; `batch` returns several."""
        index = range(len(self))[operator.index(index)]
        support, query, classes, names = self.batch(index, 1)
        support, query = (Examples(*(array[0] for array in part)) for part in (support, query))
        return Episode(support, query, classes[0], names[0])

    def batch(self, first, batch_size):
        """Returns episodes `first` to `first + batch_size - 1` as one `Episode`."""
        if not 0 <= first < first + batch_size <= len(self):
            raise IndexError(
                f"Episodes {first} to {first + batch_size - 1} are out of range: the file holds "
                f"{len(self)}, counted from 0."
            )
        arrays, rows = self._arrays, slice(first, first + batch_size)
        support, query = (
            Examples(
                arrays["images"][arrays[f"{part}_rows"][rows]] / np.float32(255),
                arrays[f"{part}_labels"][rows],
            )
            for part in _PARTS
        )
        names = tuple(map(tuple, arrays["class_names"][rows].tolist()))
        return Episode(support, query, arrays["class_indices"][rows], names)
