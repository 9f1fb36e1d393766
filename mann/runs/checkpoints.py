"""Checkpoints of a run: written, read back, set aside and pruned.

A file that is damaged is passed over for an older one. One that is whole, or may be, is not: that
it cannot be opened, or not by this program, can be mended.
"""

import io
import os
import re
import textwrap
import zipfile

import keras

from mann.runs.files import cannot_be_read, read_bytes, written_aside
from mann_config.errors import UserError

# Of a run, besides its best model.
KEPT = 2


class DamagedError(Exception):
    """A file does not hold what was written to it."""


def save_model(model, path):
    """Saves `model` with its optimizer to `path`, whole or not at all."""
    with written_aside(path) as aside:
        model.save(aside)


def saved_steps(workdir):
    """Returns the steps that the checkpoints of a `Workdir` were saved at, newest first."""
    try:
        # Not by a pattern, which takes a folder out of reach for an empty one.
        names = os.listdir(workdir.checkpoints)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot_be_read(workdir.checkpoints, error) from error
    matches = (re.fullmatch(r"step_(\d+)\.keras", name) for name in names)
    return sorted((int(match[1]) for match in matches if match), reverse=True)


def set_aside(workdir, step):
    """Renames the checkpoint after `step` steps, so that it no longer counts as one."""
    path = workdir.checkpoint(step)
    return path.replace(path.with_suffix(".damaged"))


def prune(workdir):
    """Deletes all but the newest checkpoints of a `Workdir`."""
    for step in saved_steps(workdir)[KEPT:]:
        workdir.checkpoint(step).unlink()


def load_newest(workdir, like):
    """Returns the model of the newest checkpoint that is whole, and its step.

    Newer ones, which are damaged, are set aside under another name.

    Args:
        workdir: a `Workdir`.
        like: a model built from the run's config, which a checkpoint must resemble.

    Returns:
        Tuple `(model, step)`, or `(None, 0)` if the run has saved nothing yet.

    Raises:
        UserError: if there are checkpoints and all are damaged, or if one cannot be read or is not
            of this run; it is left as it is.
    """
    problems = {}
    for step in saved_steps(workdir):
        try:
            model = load(workdir.checkpoint(step), like, step)
        except DamagedError as error:
            problems[step] = str(error)
            continue
        for newer, problem in problems.items():
            aside = set_aside(workdir, newer)
            print(f"Warning: {problem}; it is now {aside.name}, and step {step:,} serves instead.")
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
        like: a model built from the run's config, which the saved one must resemble.

    Raises:
        UserError: if the run has saved no model that loads.
    """
    if workdir.model.exists():
        try:
            return load(workdir.model, like), workdir.model
        except DamagedError as error:
            print(f"Warning: {error}; the newest checkpoint serves instead.")
    model, step = load_newest(workdir, like)
    if model is None:
        raise UserError(
            f"{workdir.path} holds no model yet: train it first, with the train.py command that "
            "began it."
        )
    return model, workdir.checkpoint(step)


def load_best_as_saved(workdir):
    """Returns the best model of a finished run and the path of its file, whatever its config.

    Args:
        workdir: a `Workdir`.

    Raises:
        UserError: if the run has no best model that loads.
    """
    try:
        return load(workdir.model), workdir.model
    except FileNotFoundError:
        raise UserError(
            f"{workdir.model} is missing: train it first with python train.py."
        ) from None
    except DamagedError as error:
        raise UserError(f"{error}: train it again with python train.py.") from error


def load(path, like=None, step=None):
    """Returns the model saved at a path.

    Args:
        path: of the file.
        like: a model that it must resemble; any will do by default.
        step: that it must have been saved after; any will do by default.

    Raises:
        FileNotFoundError: if there is no such file.
        DamagedError: if it is not what was written.
        UserError: if it is whole, or may be, and cannot be read or is not what it should be.
    """
    _check_is_whole(path)
    try:
        model = keras.models.load_model(path)
        found = [(layer.name, _shapes(layer)) for layer in model.layers]
        saved_step = step_of(model)
    # Keras stumbles in many ways over what another version or another program wrote.
    except Exception as error:
        reason = textwrap.shorten(" ".join(str(error).split()), 300, placeholder=" ...")
        raise _not_of_this_run(path, f"does not load, though it is whole ({reason})") from error
    if like is not None and found != [(layer.name, _shapes(layer)) for layer in like.layers]:
        raise _not_of_this_run(path, "is of another model than the config of the run tells")
    if step not in (None, saved_step):
        raise _not_of_this_run(path, f"holds step {saved_step}, not the one in its name")
    return model


def _check_is_whole(path):
    # Read first: zipfile answers damage with OSErrors too.
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = not archive.namelist() or archive.testzip() is not None
    # A file that cannot be unpacked for want of a codec or memory is not damaged.
    except (RuntimeError, MemoryError) as error:
        raise cannot_be_read(path, error) from error
    # zipfile answers damage with errors of many kinds.
    except Exception as error:
        raise DamagedError(f"{path} is damaged or cut short") from error
    if damaged:
        raise DamagedError(f"{path} is damaged or cut short")


def _not_of_this_run(path, problem):
    return UserError(
        f"{path} {problem}; it is left as it is: mend that, or move it out of the folder, then run "
        "the same command again."
    )


def step_of(model):
    """Returns how many steps a model was trained, or `None` if it was saved without that."""
    optimizer = getattr(model, "optimizer", None)
    return None if optimizer is None else int(optimizer.iterations)


def _shapes(layer):
    return [tuple(weight.shape) for weight in layer.weights]
