"""Episodes in NumPy, for any framework: few-shot data, algorithms, graphs, questions and text."""

from episodes import algorithmic, chomsky, graphs, questions, text
from episodes.adapters import (
    numpy_batches,
    py_dataset,
    tf_dataset,
    torch_dataset,
    training_pair,
)
from episodes.alphabet_runs import draw_alphabet_runs
from episodes.arrays import dataset_from_arrays
from episodes.augmentation import Augmentation
from episodes.cache import DataError
from episodes.characters import generate_characters
from episodes.class_splits import CLASS_LISTS, read_class_lists, split_dataset
from episodes.dataset import FewShotDataset
from episodes.drawing import prepare_drawing
from episodes.few_shot import Episode, FewShotSampler
from episodes.frozen import FrozenEpisodes, freeze_episodes
from episodes.image_folder import load_image_folder
from episodes.image_splits import load_image_splits
from episodes.lake_runs import load_lake_runs
from episodes.omniglot import load_drawers, load_omniglot
from episodes.regression import FunctionBatch, FunctionSampler
from episodes.sampler import Sampler
from episodes.sequence import SequenceBatch, SequenceSampler
from episodes.splits import Splits
from episodes.tfds_images import load_tfds

__all__ = [
    "CLASS_LISTS",
    "Augmentation",
    "DataError",
    "Episode",
    "FewShotDataset",
    "FewShotSampler",
    "FrozenEpisodes",
    "FunctionBatch",
    "FunctionSampler",
    "Sampler",
    "SequenceBatch",
    "SequenceSampler",
    "Splits",
    "algorithmic",
    "chomsky",
    "dataset_from_arrays",
    "draw_alphabet_runs",
    "freeze_episodes",
    "generate_characters",
    "graphs",
    "load_drawers",
    "load_image_folder",
    "load_image_splits",
    "load_lake_runs",
    "load_omniglot",
    "load_tfds",
    "numpy_batches",
    "prepare_drawing",
    "py_dataset",
    "questions",
    "read_class_lists",
    "split_dataset",
    "text",
    "tf_dataset",
    "torch_dataset",
    "training_pair",
]
