"""Experiments from configs: train, resume, evaluate and report."""

from mann.experiment.errors import Interrupted, UserError
from mann.experiment.training import evaluate, train_and_evaluate

__all__ = ["Interrupted", "UserError", "evaluate", "train_and_evaluate"]
