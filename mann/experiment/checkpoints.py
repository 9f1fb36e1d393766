"""Reads back what a run saved: the newest checkpoint that loads, or the best model."""

import zipfile

import keras

from mann.experiment.errors import UserError


def _load(path):
    """Returns the model saved at `path`; raises ValueError if the file is not whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        damaged = path.name
    if damaged:
        raise ValueError(f"{path} is damaged or cut short")
    try:
        return keras.models.load_model(path)
    except Exception as error:
        # Whatever Keras stumbles over, the file was not written by this version of this model.
        raise ValueError(f"{path} is no checkpoint of this program ({error})") from error


def load_newest(workdir):
    """Returns the model of the newest checkpoint that loads, and its step.

    Args:
        workdir: a `Workdir`.

    Returns:
        Tuple `(model, step)`, or `(None, 0)` if the run has saved nothing yet.

    Raises:
        UserError: if there are checkpoints and none of them loads.
    """
    steps = workdir.saved_steps()
    problems = []
    for step in steps:
        try:
            model = _load(workdir.checkpoint(step))
        except ValueError as error:
            problems.append(str(error))
            print(f"Warning: {error}; falling back to the checkpoint before.")
        else:
            return model, step
    if problems:
        raise UserError(
            f"No checkpoint of {workdir.path} loads: {'; '.join(problems)}. Move "
            f"{workdir.checkpoints} away to train from the start."
        )
    return None, 0


def load_best(workdir):
    """Returns the best model of a run, or else its newest checkpoint.

    Args:
        workdir: a `Workdir`.

    Raises:
        UserError: if the run has saved no model that loads.
    """
    if workdir.model.exists():
        try:
            return _load(workdir.model)
        except ValueError as error:
            print(f"Warning: {error}; falling back to the newest checkpoint.")
    model, step = load_newest(workdir)
    if model is None:
        raise UserError(
            f"{workdir.path} holds no model yet: train it first with "
            f"python train.py --workdir={workdir.path}."
        )
    print(f"Using the checkpoint after {step:,} steps.")
    return model
