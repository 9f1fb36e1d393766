"""Memory-augmented neural networks as Keras layers, and a few-shot classifier made of them."""

import importlib

from mann.layers.carry_state import CarryState
from mann.layers.densely_stacked_cells import DenselyStackedCells
from mann.layers.dnc import DNC
from mann.layers.dnc_cell import DNCCell
from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.layers.encode_sentences import EncodeSentences
from mann.layers.fast_weights import FastWeights
from mann.layers.fast_weights_cell import FastWeightsCell
from mann.layers.feed_back import FeedBack, FeedBackCell
from mann.layers.lrua import LRUA, LRUACell
from mann.layers.memory_cell import MemoryCell
from mann.layers.memory_layer import MemoryLayer
from mann.layers.memory_network import MemoryNetwork
from mann.layers.ntm import NTM, NTMCell
from mann.layers.sam import SAM
from mann.layers.sam_cell import SAMCell
from mann.models.encoder import conv_encoder
from mann.models.episodic import EpisodicModel
from mann.models.maml import MAML
from mann.models.matching import MatchingNetwork
from mann.models.nearest_neighbor import NearestNeighbor
from mann.models.prototypical import PrototypicalNetwork
from mann_config import __version__
from mann_config.pretrained import pretrained_names

__all__ = [
    "DNC",
    "LRUA",
    "MAML",
    "NTM",
    "SAM",
    "CarryState",
    "DNCCell",
    "DenselyStackedCells",
    "EncodeImages",
    "EncodeSentences",
    "EpisodicModel",
    "FastWeights",
    "FastWeightsCell",
    "FeedBack",
    "FeedBackCell",
    "FewShotClassifier",
    "LRUACell",
    "MatchingNetwork",
    "Measurement",
    "MemoryCell",
    "MemoryLayer",
    "MemoryNetwork",
    "NTMCell",
    "NearestNeighbor",
    "PrototypicalNetwork",
    "RepeatPrevious",
    "SAMCell",
    "Task",
    "__version__",
    "conv_encoder",
    "pretrained_names",
]

# Imported on first use: these need scikit-learn or matplotlib, which take a second to import.
_LATER = {
    "FewShotClassifier": "mann.classifier",
    "Measurement": "mann.evaluation.measurement",
    "Task": "mann.tasks.base",
}


def __getattr__(name):
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
