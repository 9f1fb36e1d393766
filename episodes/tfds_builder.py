"""Opens a data set of TensorFlow Datasets, and downloads it where it is missing."""

import contextlib
import difflib
import pathlib

from episodes.cache import get_cache_path
from episodes.files import take_turns

# Answered by whoever has a network, even if the home page of a data set is gone.
_HOSTS = ("https://storage.googleapis.com", "https://github.com")


class UnknownDataset(Exception):
    """There is no data set of a name."""


def open_builder(dataset, data_dir=None):
    """Returns the prepared builder of a data set.

    Args:
        dataset: name of a data set, such as `"emnist/letters"`; path of a folder that holds a
            prepared one; or a builder.
        data_dir: folder of TensorFlow Datasets. Defaults to `None`: `$TFDS_DATA_DIR`, else
            `~/tensorflow_datasets`.

    Raises:
        UnknownDataset: if there is no data set of this name.
        Exception: any error of TensorFlow Datasets, TensorFlow or the network.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    # By default TensorFlow takes all memory of the GPU, which the library that trains here needs.
    # If TensorFlow is in use already, it is that library.
    with contextlib.suppress(RuntimeError):
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)

    if not isinstance(dataset, str):
        builder = dataset
    elif (pathlib.Path(dataset) / "dataset_info.json").is_file():
        builder = tfds.builder_from_directory(dataset)
    else:
        try:
            builder = tfds.builder(dataset, data_dir=data_dir)
        except tfds.core.DatasetNotFoundError:
            raise UnknownDataset(_explain_name(dataset, tfds.list_builders())) from None
    # One made of a folder of images has splits from the start, and nothing to prepare.
    if not builder.info.splits:
        _prepare(builder)
    return builder


def _prepare(builder):
    # Two processes that prepare the same data set at once would write the same files.
    with take_turns(get_cache_path("downloads.lock")):
        if not builder.is_prepared():
            _check_network(builder.info.homepage)
            builder.download_and_prepare()
    # Another process prepared it after this builder looked.
    if not builder.info.splits:
        builder.info.read_from_directory(builder.data_dir)


def _explain_name(dataset, known):
    near = difflib.get_close_matches(dataset.partition("/")[0], known, 1)
    hint = f"did you mean {near[0]}?" if near else "see tensorflow.org/datasets/catalog."
    return f"{dataset!r} is neither a data set of TensorFlow Datasets nor a folder of one: {hint}"


def _check_network(homepage):
    """Raises an error of the network within seconds, where TFDS would retry for minutes."""
    import requests

    for url in (homepage, *_HOSTS):
        try:
            return requests.head(url, timeout=10)
        except requests.RequestException as caught:
            error = caught
    raise error
