"""Runs whose models have their first weights, which export as trained ones do."""

from small_runs import SMALL, changed

from configs import characters
from mann.models.build import build_model
from mann.runs import checkpoints
from mann.runs.files import write_json
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task

# The fields of a small run of each kind of model.
KINDS = {
    "matching": {"model__name": "matching", "model__encoder__name": "conv"},
    "prototypical": {"model__name": "prototypical", "model__encoder__name": "conv"},
    "nearest_neighbor": {"model__name": "nearest_neighbor"},
    "maml": {"model__name": "maml", "model__encoder__name": "conv"},
    "lrua": {},
    "ntm": {"model__name": "ntm"},
    "dnc": {"model__name": "dnc"},
    "lstm": {"model__name": "lstm"},
    "feedforward": {"model__name": "feedforward"},
    "strings": {"task__labels": "string"},
}


def write_run(kind, path):
    """Writes a run of one of `KINDS`; returns its path."""
    config = changed(characters.get_config(), SMALL, KINDS[kind])
    workdir = Workdir(path)
    write_json(workdir.config, config.to_dict())
    checkpoints.save_model(build_model(config.model, build_task(config)), workdir.model)
    return str(path)
