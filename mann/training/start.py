"""Starts a run: from its newest checkpoint, from a model put into its folder, or from nothing."""

from mann.models.compiling import compile_model, use_kernels
from mann.models.few_shot import load_encoder
from mann.runs import checkpoints
from mann.training.callbacks import make_validation_line
from mann_config.errors import UserError


def start(config, task, model, workdir):
    """Returns the model to train, and cuts the metrics off after its step.

    Args:
        config: an experiment's config.
        task: its `Task`.
        model: new model built from the config, not compiled.
        workdir: the `Workdir` of the run.

    Returns:
        Tuple `(model, step, origin)`: the compiled model, the number of steps that it was trained,
        and the path of the file that it came from, or `None` if it is new.

    Raises:
        UserError: if a file that the run needs to continue is missing or damaged, or a model in the
            folder would be lost.
    """
    saved, step = checkpoints.load_newest(workdir, model)
    if saved is not None:
        origin, has_metrics = workdir.checkpoint(step), workdir.metrics.exists()
    else:
        best = _load_best(workdir, model)
        if best is None or _is_of_this_run(best, workdir):
            _check_nothing_is_missing(workdir, best, config.train.checkpoint_every)
            load_encoder(model, config.model, task)
            compile_model(model, config.train, task)
            workdir.forget_metrics_after(0)
            return model, 0, None
        saved, step = _continue_from(best, model, config.train, task)
        origin, has_metrics = workdir.model, False
    use_kernels(saved)
    if step >= config.train.steps:
        return saved, step, origin
    if has_metrics:
        workdir.forget_metrics_after(step)
        return saved, step, origin
    _check_level_is_known(workdir, task.curriculum, step)
    if origin == workdir.model:
        # The metrics are written last: without them, all of this is repeated after a kill.
        workdir.metrics.unlink(missing_ok=True)
        checkpoints.save_model(saved, workdir.checkpoint(step))
    workdir.write_metrics(_measure_best(workdir, model, task, config.train, step))
    return saved, step, origin


def _load_best(workdir, like):
    try:
        return checkpoints.load(workdir.model, like)
    except FileNotFoundError:
        return None
    except checkpoints.DamagedError as error:
        raise UserError(
            f"{error}: move it out of the folder to train without it, then run the same command "
            "again."
        ) from error


def _is_of_this_run(best, workdir):
    """Returns whether this run saved the model, before its first checkpoint."""
    return workdir.metrics.exists() and checkpoints.get_step(best) is not None


def _check_nothing_is_missing(workdir, best, checkpoint_every):
    last = max((line["step"] for line in workdir.read_metrics()), default=0)
    path = workdir.metrics
    if best is not None and checkpoints.get_step(best) > last:
        last, path = checkpoints.get_step(best), workdir.model
    if last > checkpoint_every:
        raise UserError(
            f"{path} goes to step {last:,}, but {workdir.checkpoints} holds no checkpoint: put the "
            "checkpoints back, or choose another --workdir."
        )


def _continue_from(best, model, config, task):
    """Returns a compiled model that continues from the best one, and its step."""
    step = checkpoints.get_step(best)
    if step:
        return best, step
    # It was saved without an optimizer: start with a new one.
    model.set_weights(best.get_weights())
    compile_model(model, config, task)
    return model, 0


def _check_level_is_known(workdir, curriculum, step):
    if step and curriculum is not None and curriculum.first != curriculum.last:
        raise UserError(
            f"{workdir.metrics} is missing, which holds the level that the curriculum had reached "
            f"at step {step:,}: put it back, or choose another --workdir."
        )


def _measure_best(workdir, like, task, config, step):
    """Returns lines of metrics with the score that a model must exceed to replace the best."""
    best = _load_best(workdir, like)
    if best is None:
        return []
    validation = task.validate(best, config.validation_episodes, config.batch_size)
    step = min(step, checkpoints.get_step(best) or 0)
    return [make_validation_line(step, validation, task.score(validation))]
