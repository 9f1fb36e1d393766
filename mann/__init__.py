"""Memory-augmented neural networks as Keras layers."""

from mann.layers.lrua import LRUA, LRUACell

__all__ = ["LRUA", "LRUACell"]
