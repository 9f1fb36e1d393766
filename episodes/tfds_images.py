"""Few-shot data sets made of any data set of TensorFlow Datasets that has images and one label."""

import collections
import contextlib
import hashlib
import itertools
import pathlib
import warnings

import numpy as np
from PIL import Image

from episodes._checks import check_positive
from episodes.arrays import dataset_from_arrays
from episodes.cache import DataError, get_cache_path, read_arrays, summarize_error, write_arrays
from episodes.dataset import FewShotDataset
from episodes.image_pixels import find_largest_deep_pixel, read_array
from episodes.tfds_builder import UnknownDataset, open_builder
from episodes.wording import count

# Episodes need one image of a class to learn from and one to classify.
_LEAST_IMAGES = 2


def load_tfds(
    dataset,
    image_size=28,
    color=False,
    invert=False,
    images_per_class=600,
    data_dir=None,
    cache_dir=None,
):
    """Returns the dataset of a data set of TensorFlow Datasets, its classes by their labels.

    Its own splits are put together, as few-shot learning splits by class; `split_dataset` does
    that. Images without a label are left out, and so are images that two classes have, all copies
    of an image but the first, and classes with one image; a warning says how many. A data set that
    goes by its name is read once: later calls read the cached file.

    Args:
        dataset: name of a data set, such as `"kmnist"` or `"emnist/letters"`, downloaded where it
            is missing; path of the folder of a prepared one; or a `tfds.core.DatasetBuilder`.
        image_size: side in pixels that every image is resized to, made square by averaging.
            Defaults to `28`.
        color: whether to return three channels; if not, all images turn to grey. Defaults to
            `False`.
        invert: whether to swap light and dark. Defaults to `False`.
        images_per_class: the most images of a class to read, those that come first. Defaults to
            `600`, as the data sets of the field have; `None` for all.
        data_dir: folder of TensorFlow Datasets. Defaults to `None`: `$TFDS_DATA_DIR`, else
            `~/tensorflow_datasets`.
        cache_dir: folder of the cached file. Defaults to `None`; see
            `episodes.cache.get_cache_path`.

    Returns:
        `FewShotDataset`.

    Raises:
        ValueError: if a number is not positive or there is no such data set.
        DataError: if the data set cannot be read or downloaded, or does not have one image and one
            label in each example.

    Example: `load_tfds("cifar100", image_size=32, color=True)`
    """
    check_positive("image_size", image_size)
    if images_per_class is not None:
        check_positive("images_per_class", images_per_class)
    with _explain_errors(dataset):
        builder = open_builder(dataset, data_dir)
    keys = _find_image_and_label(builder)

    def read():
        with _explain_errors(dataset):
            return _read(builder, keys, image_size, color, invert, images_per_class)

    # A folder may change, and another may have the same name.
    if not isinstance(dataset, str) or (pathlib.Path(dataset) / "dataset_info.json").is_file():
        return read()
    mode = "color" if color else "grey"
    content = (
        f"{builder.info.full_name}, {image_size}x{image_size} {mode}, inverted: {invert}, "
        f"{images_per_class} images per class, format 2"
    )
    name = f"tfds-{hashlib.sha256(content.encode()).hexdigest()[:16]}.npz"
    path = get_cache_path(name, cache_dir)
    if not path.exists():
        found = read()
        names = np.array(found.class_names)
        arrays = {"images": found.images, "class_names": names, "counts": found.counts}
        write_arrays(path, content, arrays)
    arrays = read_arrays(path, content)
    return FewShotDataset(arrays["images"], arrays["class_names"].tolist(), arrays["counts"])


@contextlib.contextmanager
def _explain_errors(dataset):
    """Raises whatever goes wrong with a data set as an error that says what to do."""
    try:
        yield
    except UnknownDataset as error:
        raise ValueError(str(error)) from None
    except DataError:
        raise
    # TFDS, TensorFlow and the network fail in many ways.
    except Exception as error:
        raise DataError(
            f"Could not read or download the data set {dataset} ({summarize_error(error)}). If it "
            "was never downloaded, connect to the network once, or set TFDS_DATA_DIR to a folder "
            "with a prepared copy; if it is damaged, delete its folder there."
        ) from None


def _find_image_and_label(builder):
    """Returns the names of the features that are the image and the label of an example."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    kinds = {"image": tfds.features.Image, "label": tfds.features.ClassLabel}
    given = builder.info.supervised_keys or ()
    keys = []
    for position, (what, kind) in enumerate(kinds.items()):
        names = [name for name in features if isinstance(features[name], kind)]
        if len(given) == 2 and given[position] in names:
            names = [given[position]]
        if len(names) != 1:
            raise DataError(
                f"The data set {builder.info.full_name} has {len(names)} features that could be "
                f"its {what}, and one is needed. Its features are: {', '.join(features)}. Choose a "
                "data set of images with one label each."
            )
        keys += names
    return tuple(keys)


def _read(builder, keys, image_size, color, invert, images_per_class):
    most = images_per_class or float("inf")
    images, names, counts, left_out = [], [], collections.Counter(), {}
    largest = 0
    if builder.info.features[keys[0]].np_dtype == np.uint16:
        # Only all images together show how many of the 16 bits they use.
        images_of_all = (image for image, *_ in _iterate(builder, *keys))
        largest = max(map(find_largest_deep_pixel, images_of_all), default=0)
    for image, label, name in _iterate(builder, *keys):
        if label < 0:
            _note(left_out, "image", "without a label")
        elif counts[label] < most:
            images.append(read_array(image, image_size, color, invert, largest))
            names.append(name)
            counts[label] += 1
            if counts[label] == most and _are_full(counts, builder.info.features[keys[1]], most):
                break
    kept = _choose(images, names, left_out)
    if not any(kept):
        raise DataError(f"The data set {builder.info.full_name} has no images with a label.")
    if left_out:
        listed = ", ".join(
            f"{count(number, noun)} {why}" for (noun, why), number in left_out.items()
        )
        warnings.warn(f"Data set {builder.info.full_name}: left out: {listed}.", stacklevel=3)
    return dataset_from_arrays(
        np.stack(list(itertools.compress(images, kept))), list(itertools.compress(names, kept))
    )


def _choose(images, names, left_out):
    """Returns whether to keep each image, and counts the others by why not."""
    digests = [hashlib.sha256(image.tobytes()).digest() for image in images]
    classes, seen, kept = collections.defaultdict(set), set(), []
    for digest, name in zip(digests, names, strict=True):
        classes[digest].add(name)
    for digest in digests:
        shared, copy = len(classes[digest]) > 1, digest in seen
        seen.add(digest)
        kept.append(not shared and not copy)
        _note(left_out, "image", "that two classes have", shared)
        _note(left_out, "copy", "of an image", copy and not shared)
    numbers = collections.Counter(itertools.compress(names, kept))
    few = {name for name in numbers if numbers[name] < _LEAST_IMAGES}
    _note(left_out, "class", "with one image", len(few))
    return [keep and name not in few for keep, name in zip(kept, names, strict=True)]


def _note(left_out, noun, why, number=1):
    if number:
        left_out[noun, why] = left_out.get((noun, why), 0) + number


def _are_full(counts, label, most):
    return len(counts) == label.num_classes and min(counts.values()) == most


def _iterate(builder, image_key, label_key):
    """Yields the image, the label and its name of each example."""
    import tensorflow_datasets as tfds

    label_feature = builder.info.features[label_key]
    # Some data sets number their labels, and name them in a feature beside.
    beside = f"{label_key}_name" if f"{label_key}_name" in builder.info.features else None
    for split in builder.info.splits:
        for example in tfds.as_numpy(builder.as_dataset(split=split)):
            pixels, label = example[image_key], int(example[label_key])
            name = label_feature.int2str(label) if label >= 0 else None
            if beside and name and name.isdecimal():
                name = example[beside].decode()
            grey = pixels.shape[-1] == 1
            yield Image.fromarray(pixels[..., 0] if grey else pixels), label, name
