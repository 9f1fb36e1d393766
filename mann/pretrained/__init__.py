"""The pretrained models, and trained few-shot predictors, pretrained or of a run of mann train.

`mann_config/pretrained.py` lists the pretrained ones, for commands that have no framework yet.
"""

import functools
import pathlib
import shutil
import threading

import keras
from ml_collections import config_dict

from episodes.files import write_atomically
from episodes.labels import get_label_shape
from mann.models.predictors import make_predictor
from mann.pretrained.portable import make_portable
from mann.runs import checkpoints
from mann.runs.files import read_bytes, write_json
from mann.runs.workdir import Workdir
from mann_config.errors import UserError
from mann_config.few_shot import check_few_shot
from mann_config.image_form import get_image_form
from mann_config.pretrained import (
    PRETRAINED,
    check_pretrained,
    few_shot_names,
    pretrained_names,
)

# Loaded models that are kept, with their compiled functions.
_MODELS_KEPT = 4
_LOADING = threading.Lock()


def get_pretrained_workdir(name):
    """Returns the `Workdir` of a model that comes with this package.

    Raises:
        UserError: if there is no model of this name.
    """
    check_pretrained(name)
    return Workdir(PRETRAINED / name)


def unpack(name, folder):
    """Copies a pretrained model into a folder, which then is the workdir of a run.

    Args:
        name: name of the model.
        folder: path of the folder, made if it is missing.

    Raises:
        UserError: if there is no such model, or the folder holds another run, another model or
            other files.
    """
    source, target = get_pretrained_workdir(name), Workdir(folder)
    target.claim(source.read_config(), source.read_splits())
    if not target.model.exists():
        with write_atomically(target.model) as aside:
            shutil.copyfile(source.model, aside)
    elif read_bytes(target.model) != read_bytes(source.model):
        raise UserError(
            f"{target.model} is not the pretrained {name}, but was trained further: measure it "
            f"with mann evaluate --workdir={target.path}, or choose another --workdir."
        )


def package(workdir, name, command):
    """Adds the best model of a run to the pretrained models of this package.

    The optimizer is left out. Beside the model are written its config with the seed, the hashes of
    its classes, its last measurements and the command that trained it.

    Args:
        workdir: path of a run that was measured.
        name: name of the pretrained model.
        command: command that trained it.
    """
    run, target = Workdir(workdir), Workdir(PRETRAINED / name)
    model = keras.models.load_model(run.model, compile=False)
    config = run.read_config()
    if "encoder" in config["model"]:
        # The path of its encoder's run means nothing on other machines.
        config["model"]["encoder"]["weights"] = ""
    write_json(target.config, config)
    write_json(target.splits, run.read_splits())
    write_json(target.path / "card.json", {"command": command, **run.read_evaluation()})
    checkpoints.save_model(model, target.model)
    make_portable(target.model)


def load_predictor(name_or_path):
    """Returns a trained few-shot predictor and the `ImageForm` of its images.

    A predictor is loaded once and shared, as long as its files stay the same; the most recent few
    are kept.

    Args:
        name_or_path: name of a pretrained model, or path of the workdir of a run.

    Raises:
        UserError: if there is no such model, or it was not trained on few-shot episodes.
    """
    if name_or_path in pretrained_names():
        path = PRETRAINED / name_or_path
    elif name_or_path and (pathlib.Path(name_or_path) / "config.json").exists():
        path = pathlib.Path(name_or_path).resolve()
    else:
        raise UserError(
            f"{name_or_path!r} is neither the workdir of a run of mann train nor a pretrained "
            f"few-shot model: these are {', '.join(few_shot_names())}."
        )
    files = Workdir(path).config, Workdir(path).model
    # Two threads that load the same model at once share it.
    with _LOADING:
        return _load(path, *[_get_version(file) for file in files])


def _get_version(file):
    if not file.exists():
        return None
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@functools.lru_cache(_MODELS_KEPT)
def _load(path, *versions):
    workdir = Workdir(path)
    task = config_dict.ConfigDict(workdir.read_config()).task
    check_few_shot(task, workdir.path)
    model, _ = checkpoints.load_best_as_saved(workdir)
    predictor = make_predictor(model, get_label_shape(task.labels, task.ways))
    return predictor, get_image_form(task)
