"""Episodes in NumPy, for any framework: few-shot data and samplers, and algorithmic tasks."""

from episodes import algorithmic
from episodes.augmentation import Augmentation
from episodes.cache import DataError
from episodes.characters import generate_characters
from episodes.dataset import FewShotDataset
from episodes.few_shot import Episode, FewShotSampler
from episodes.omniglot import load_omniglot
from episodes.sequence import SequenceBatch, SequenceSampler
from episodes.splits import Splits

__all__ = [
    "Augmentation",
    "DataError",
    "Episode",
    "FewShotDataset",
    "FewShotSampler",
    "SequenceBatch",
    "SequenceSampler",
    "Splits",
    "algorithmic",
    "generate_characters",
    "load_omniglot",
]
