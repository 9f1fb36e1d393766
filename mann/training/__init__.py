"""Experiments from configs: train, resume, evaluate and report."""

from mann.training.processes import join
from mann.training.train import evaluate, train_and_evaluate
from mann_config.errors import Interrupted, UserError

__all__ = ["Interrupted", "UserError", "evaluate", "join", "train_and_evaluate"]
