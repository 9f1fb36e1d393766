"""Writes, reads, sets aside and prunes the checkpoints of a run.

A damaged file is skipped for an older one. A file that is whole, or may be, is not: the user can
mend the reason why it cannot be opened, or not by this program.
"""

import io
import os
import re
import textwrap
import zipfile

import keras

from episodes.files import write_atomically
from mann.runs.files import read_bytes, unreadable_error
from mann_config.errors import UserError
from mann_config.plugins import import_named, is_import_path

# Newest checkpoints that a run keeps, besides its best model.
NUM_KEPT = 2


class DamagedError(Exception):
    """A file does not hold what was written to it."""


def save_model(model, path):
    """Saves `model` with its optimizer to `path`, atomically."""
    with write_atomically(path) as aside:
        model.save(aside)


def list_saved_steps(workdir):
    """Returns the steps that the checkpoints of a `Workdir` were saved at, newest first."""
    try:
        # Not by `glob`, which takes a folder that cannot be read for an empty one.
        names = os.listdir(workdir.checkpoints)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable_error(workdir.checkpoints, error) from error
    matches = (re.fullmatch(r"step_(\d+)\.keras", name) for name in names)
    return sorted((int(match[1]) for match in matches if match), reverse=True)


def set_aside(workdir, step):
    """Renames the checkpoint after `step` steps, so that it no longer counts as one."""
    path = workdir.checkpoint(step)
    return path.replace(path.with_suffix(".damaged"))


def prune(workdir):
    """Deletes all but the newest checkpoints of a `Workdir`."""
    for step in list_saved_steps(workdir)[NUM_KEPT:]:
        workdir.checkpoint(step).unlink()


def load_newest(workdir, like):
    """Returns the model of the newest checkpoint that is not damaged, and its step.

    Newer ones, which are damaged, are renamed.

    Args:
        workdir: a `Workdir`.
        like: model built from the run's config, whose layers and shapes a checkpoint must have.

    Returns:
        Tuple `(model, step)`, or `(None, 0)` if the run has saved nothing yet.

    Raises:
        UserError: if there are checkpoints and all are damaged, or if one cannot be read or is of
            another run. Such a file is left as it is.
    """
    problems = {}
    for step in list_saved_steps(workdir):
        try:
            model = load(workdir.checkpoint(step), like, step)
        except DamagedError as error:
            problems[step] = str(error)
            continue
        for newer, problem in problems.items():
            aside = set_aside(workdir, newer)
            print(f"Warning: {problem}; it is now {aside.name}, and step {step:,} is used instead.")
        return model, step
    if problems:
        raise UserError(
            f"No checkpoint of {workdir.path} loads: {'; '.join(problems.values())}. Choose "
            "another --workdir to train from the start."
        )
    return None, 0


def load_best(workdir, like):
    """Returns the best model of a run, or else its newest checkpoint, and the path of its file.

    Args:
        workdir: a `Workdir`.
        like: model built from the run's config, whose layers and shapes the saved one must have.

    Raises:
        UserError: if the run has saved no model that loads.
    """
    if workdir.model.exists():
        try:
            return load(workdir.model, like), workdir.model
        except DamagedError as error:
            print(f"Warning: {error}; the newest checkpoint is used instead.")
    model, step = load_newest(workdir, like)
    if model is None:
        raise UserError(
            f"{workdir.path} holds no model yet: train it first, with the mann train command that "
            "began the run."
        )
    return model, workdir.checkpoint(step)


def load_best_as_saved(workdir):
    """Returns the best model of a finished run and the path of its file, whatever its config.

    Args:
        workdir: a `Workdir`.

    Raises:
        UserError: if the run has no best model that loads.
    """
    if workdir.config.exists():
        name = workdir.read_config()["model"]["name"]
        if is_import_path(name):
            # Keras finds the classes of a module once it is imported.
            import_named(name, "model.name")
    try:
        return load(workdir.model), workdir.model
    except FileNotFoundError:
        raise UserError(f"{workdir.model} is missing: train it first with mann train.") from None
    except DamagedError as error:
        raise UserError(f"{error}: train it again with mann train.") from error


def load(path, like=None, step=None):
    """Returns the model saved at a path.

    Args:
        path: path of the file.
        like: model with the layers and shapes that it must have. Defaults to `None`: any.
        step: number of steps after which it must have been saved. Defaults to `None`: any.

    Raises:
        FileNotFoundError: if there is no such file.
        DamagedError: if the file does not hold what was written to it.
        UserError: if the file may be whole, but cannot be read or is not the expected model.
    """
    _check_is_whole(path)
    try:
        model = keras.models.load_model(path)
        found = [(layer.name, _get_shapes(layer)) for layer in model.layers]
        saved_step = get_step(model)
    # Keras raises many kinds of errors on files of another version or another program.
    except Exception as error:
        reason = textwrap.shorten(" ".join(str(error).split()), 300, placeholder=" ...")
        raise _unusable_error(path, f"does not load, though it is whole ({reason})") from error
    if like is not None and found != [(layer.name, _get_shapes(layer)) for layer in like.layers]:
        raise _unusable_error(path, "holds another model than that of the run's config")
    if step not in (None, saved_step):
        raise _unusable_error(path, f"holds step {saved_step}, not the one in its name")
    return model


def _check_is_whole(path):
    # Read first, as zipfile raises OSErrors on damaged files too.
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = not archive.namelist() or archive.testzip() is not None
    # A file that cannot be unpacked because a codec or memory is missing is not damaged.
    except (RuntimeError, MemoryError) as error:
        raise unreadable_error(path, error) from error
    # zipfile raises errors of many kinds on damaged files.
    except Exception as error:
        raise DamagedError(f"{path} is damaged or cut short") from error
    if damaged:
        raise DamagedError(f"{path} is damaged or cut short")


def _unusable_error(path, problem):
    return UserError(
        f"{path} {problem}; it is left as it is: mend that, or move it out of the folder, then run "
        "the same command again."
    )


def get_step(model):
    """Returns how many steps a model was trained, or `None` if it has no optimizer."""
    optimizer = getattr(model, "optimizer", None)
    return None if optimizer is None else int(optimizer.iterations)


def _get_shapes(layer):
    return [tuple(weight.shape) for weight in layer.weights]
