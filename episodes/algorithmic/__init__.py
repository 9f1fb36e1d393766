"""The algorithmic tasks: sequences of bits that a memory learns to process, and their optima."""

from episodes.algorithmic.associative_recall import AssociativeRecall
from episodes.algorithmic.base import AlgorithmicTask, Batch
from episodes.algorithmic.copy import Copy
from episodes.algorithmic.key_value_recall import KeyValueRecall
from episodes.algorithmic.ngrams import NGrams
from episodes.algorithmic.parentheses import Parentheses
from episodes.algorithmic.priority_sort import PrioritySort
from episodes.algorithmic.repeat_copy import RepeatCopy
from episodes.algorithmic.sampler import TaskSampler
from episodes.algorithmic.sort import Sort

__all__ = [
    "AlgorithmicTask",
    "AssociativeRecall",
    "Batch",
    "Copy",
    "KeyValueRecall",
    "NGrams",
    "Parentheses",
    "PrioritySort",
    "RepeatCopy",
    "Sort",
    "TaskSampler",
]
