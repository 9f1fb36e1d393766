"""Memory-augmented neural networks as Keras layers."""

from mann.layers.dnc import DNC, DNCCell
from mann.layers.lrua import LRUA, LRUACell
from mann.layers.ntm import NTM, NTMCell

__all__ = ["DNC", "LRUA", "NTM", "DNCCell", "LRUACell", "NTMCell"]
