"""Memory-augmented neural networks as Keras layers."""

from mann.layers.lrua import LRUA, LRUACell
from mann.layers.ntm import NTM, NTMCell

__all__ = ["LRUA", "NTM", "LRUACell", "NTMCell"]
