"""Memory-augmented neural networks as Keras layers, and a few-shot classifier made of them."""

from mann.layers.carry_state import CarryState
from mann.layers.dnc import DNC, DNCCell
from mann.layers.encode_images import EncodeImages, RepeatPrevious
from mann.layers.feed_back import FeedBackCell
from mann.layers.lrua import LRUA, LRUACell
from mann.layers.memory_network import MemoryNetwork
from mann.layers.ntm import NTM, NTMCell

__all__ = [
    "DNC",
    "LRUA",
    "NTM",
    "CarryState",
    "DNCCell",
    "EncodeImages",
    "FeedBackCell",
    "FewShotClassifier",
    "LRUACell",
    "MemoryNetwork",
    "NTMCell",
    "RepeatPrevious",
]


def __getattr__(name):
    # It needs scikit-learn and the floor of experiments, which take a second to import.
    if name == "FewShotClassifier":
        from mann.classifier.classifier import FewShotClassifier

        return FewShotClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
