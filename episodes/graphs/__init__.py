"""Random labelled graphs as triples, and questions about them: walks, shortest paths, families."""

from episodes.graphs.base import GraphTask, Puzzle
from episodes.graphs.edge_list import EdgeList, load_edge_list
from episodes.graphs.family_tree import BASE_RELATIONS, RELATIONS, FamilyTree
from episodes.graphs.shortest_path import ShortestPath
from episodes.graphs.traversal import Traversal

__all__ = [
    "BASE_RELATIONS",
    "RELATIONS",
    "EdgeList",
    "FamilyTree",
    "GraphTask",
    "Puzzle",
    "ShortestPath",
    "Traversal",
    "load_edge_list",
]
