"""The tasks of "Neural Networks and the Chomsky Hierarchy", from strings to strings."""

from episodes.chomsky.base import SymbolTask
from episodes.chomsky.binary_addition import BinaryAddition
from episodes.chomsky.binary_multiplication import BinaryMultiplication
from episodes.chomsky.bucket_sort import BucketSort
from episodes.chomsky.compute_sqrt import ComputeSqrt
from episodes.chomsky.cycle_navigation import CycleNavigation
from episodes.chomsky.duplicate_string import DuplicateString
from episodes.chomsky.even_pairs import EvenPairs
from episodes.chomsky.missing_duplicate_string import MissingDuplicateString
from episodes.chomsky.modular_arithmetic import ModularArithmetic
from episodes.chomsky.modular_arithmetic_simple import ModularArithmeticSimple
from episodes.chomsky.odds_first import OddsFirst
from episodes.chomsky.parity_check import ParityCheck
from episodes.chomsky.reverse_string import ReverseString
from episodes.chomsky.solve_equation import SolveEquation
from episodes.chomsky.stack_manipulation import StackManipulation

__all__ = [
    "BinaryAddition",
    "BinaryMultiplication",
    "BucketSort",
    "ComputeSqrt",
    "CycleNavigation",
    "DuplicateString",
    "EvenPairs",
    "MissingDuplicateString",
    "ModularArithmetic",
    "ModularArithmeticSimple",
    "OddsFirst",
    "ParityCheck",
    "ReverseString",
    "SolveEquation",
    "StackManipulation",
    "SymbolTask",
]
