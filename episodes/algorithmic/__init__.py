"""The algorithmic tasks: sequences of bits that a memory should learn to process, and optima."""

from episodes.algorithmic.base import AlgorithmicTask, Batch
from episodes.algorithmic.copy import Copy
from episodes.algorithmic.sampler import TaskSampler

__all__ = ["AlgorithmicTask", "Batch", "Copy", "TaskSampler"]
