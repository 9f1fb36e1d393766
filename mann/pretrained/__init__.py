"""Loads a trained few-shot predictor: of a run of train.py, or one that comes with this package."""

import functools
import pathlib
import shutil
import threading

import keras
from ml_collections import config_dict

from episodes.labels import get_label_shape
from mann.models.predictors import predictor_of
from mann.runs import checkpoints
from mann.runs.files import read_bytes, write_json, written_aside
from mann.runs.workdir import Workdir
from mann_config.errors import UserError
from mann_config.pretrained import PRETRAINED, check_pretrained, pretrained_names

# Models that are kept once they are loaded, with what they compiled.
_MODELS_KEPT = 4
_LOADING = threading.Lock()


def pretrained_workdir(name):
    """Returns the `Workdir` of a model that comes with this package.

    Raises:
        UserError: if there is none of this name.
    """
    check_pretrained(name)
    return Workdir(PRETRAINED / name)


def unpack(name, folder):
    """Copies a pretrained model into a folder, which then is the workdir of a run.

    Args:
        name: of the model.
        folder: path, made if it is missing.

    Raises:
        UserError: if there is no such model, or the folder holds another run, another model or
            other files.
    """
    source, target = pretrained_workdir(name), Workdir(folder)
    target.claim(source.read_config(), source.read_splits())
    if not target.model.exists():
        with written_aside(target.model) as aside:
            shutil.copyfile(source.model, aside)
    elif read_bytes(target.model) != read_bytes(source.model):
        raise UserError(
            f"{target.model} is not the pretrained {name}, but was trained further: measure it "
            "with python evaluate.py --workdir, or choose another --workdir."
        )


def package(workdir, name, command):
    """Puts the best model of a run among those that come with this package.

    The optimizer stays behind. Beside the model stand its config with the seed, the hashes of its
    classes, the numbers it was last measured at and the command that trained it.

    Args:
        workdir: path of a run that was measured.
        name: of the pretrained model.
        command: that trained it.
    """
    run, target = Workdir(workdir), Workdir(PRETRAINED / name)
    model = keras.models.load_model(run.model, compile=False)
    config = run.read_config()
    # Where its encoder came from says nothing to others, and need not exist there.
    config["model"]["encoder"]["weights"] = ""
    write_json(target.config, config)
    write_json(target.splits, run.read_splits())
    write_json(target.path / "card.json", {"command": command, **run.read_evaluation()})
    checkpoints.save_model(model, target.model)


def load_predictor(name_or_path):
    """Returns a trained few-shot predictor and the shape of its images.

    A predictor is loaded once for all who ask, as long as its files are the same; the few that were
    asked for last are kept.

    Args:
        name_or_path: name of a pretrained model, or path of the workdir of a run.

    Raises:
        UserError: if there is no such model, or it is not of few-shot episodes.
    """
    if name_or_path in pretrained_names():
        path = PRETRAINED / name_or_path
    elif name_or_path and (pathlib.Path(name_or_path) / "config.json").exists():
        path = pathlib.Path(name_or_path).resolve()
    else:
        raise UserError(
            f"{name_or_path!r} is neither the workdir of a run of train.py nor a pretrained model: "
            f"these are {', '.join(pretrained_names())}."
        )
    files = Workdir(path).config, Workdir(path).model
    # Two threads that ask at once share what the first one loads.
    with _LOADING:
        return _load(path, *[_version(file) for file in files])


def _version(file):
    if not file.exists():
        return None
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@functools.lru_cache(_MODELS_KEPT)
def _load(path, *versions):
    workdir = Workdir(path)
    task = config_dict.ConfigDict(workdir.read_config()).task
    if not {"ways", "labels", "image_size"} <= set(task):
        raise UserError(
            f"The model of {workdir.path} was not trained on few-shot episodes, or not by this "
            "version of the program."
        )
    model, _ = checkpoints.load_best_as_saved(workdir)
    predictor = predictor_of(model, get_label_shape(task.labels, task.ways))
    return predictor, (task.image_size, task.image_size)
