"""Whether the real Omniglot is on this machine."""

import importlib.util
import os
import pathlib

_FOLDER = os.environ.get("TFDS_DATA_DIR")
_READS_TFDS = importlib.util.find_spec("tensorflow_datasets") is not None
PREPARED = _READS_TFDS and _FOLDER and pathlib.Path(_FOLDER, "omniglot").is_dir()
