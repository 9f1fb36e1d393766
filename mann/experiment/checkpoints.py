"""Reads back what a run saved: the newest checkpoint that loads, or the best model."""

import zipfile

import keras

from mann.experiment.errors import UserError


def load_newest(workdir, like):
    """Returns the model of the newest checkpoint that loads, and its step.

    Newer ones that do not load are set aside under another name.

    Args:
        workdir: a `Workdir`.
        like: a model built from the run's config, which a checkpoint must resemble.

    Returns:
        Tuple `(model, step)`, or `(None, 0)` if the run has saved nothing yet.

    Raises:
        UserError: if there are checkpoints and none of them loads.
    """
    problems = {}
    for step in workdir.saved_steps():
        try:
            model = _load(workdir.checkpoint(step), like, step)
        except ValueError as error:
            problems[step] = str(error)
            continue
        for newer, problem in problems.items():
            aside = workdir.set_aside(newer)
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
            return _load(workdir.model, like), workdir.model
        except ValueError as error:
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
        return _load(workdir.model), workdir.model
    except ValueError as error:
        raise UserError(f"{error}: train it first with python train.py.") from error


def _load(path, like=None, step=None):
    """Returns the model saved at `path`; raises ValueError if it is not one of this run."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    # zipfile answers damage with errors of many kinds.
    except Exception:
        damaged = path.name
    if damaged:
        raise ValueError(f"{path} is damaged or cut short")
    try:
        model = keras.models.load_model(path)
        found = [(layer.name, _shapes(layer)) for layer in model.layers]
        expected = [(layer.name, _shapes(layer)) for layer in like.layers] if like else found
        saved_step = step_of(model)
    # Whatever Keras stumbles over, the file was not written by this version of this model.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path} is no checkpoint of this program ({reason})") from error
    if found != expected:
        raise ValueError(f"{path} is of another model than the config of the run tells")
    if step not in (None, saved_step):
        raise ValueError(f"{path} holds step {saved_step:,}, not the one in its name")
    return model


def step_of(model):
    """Returns how many steps a model was trained, or `None` if it was saved without that."""
    optimizer = getattr(model, "optimizer", None)
    return None if optimizer is None else int(optimizer.iterations)


def _shapes(layer):
    return [tuple(weight.shape) for weight in layer.weights]
