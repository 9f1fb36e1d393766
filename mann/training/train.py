"""Trains the model of a config, resumes it, and measures it on what it never saw."""

import sys

import keras
from ml_collections import config_dict

from mann.models.build import build_model, with_memory_size
from mann.runs import checkpoints
from mann.runs.files import write_json
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import callbacks, reporting
from mann.training.batches import training_batches
from mann.training.scalars import Scalars
from mann.training.signals import StopOnSignal
from mann.training.start import start
from mann_config.check import complete_config
from mann_config.errors import Interrupted, UserError
from mann_config.memory import check_memory


def train_and_evaluate(config, workdir):
    """Trains from the newest checkpoint of `workdir`, or from the start, then evaluates.

    A `workdir` with a model but no checkpoints, as a copy of a pretrained model, is trained on
    from that model.

    Args:
        config: a `ConfigDict` such as `configs/characters.py` makes.
        workdir: path of the folder that holds the run; made if it is missing.

    Returns:
        What `evaluate` returns of the best model.

    Raises:
        UserError: if the config, the data or the workdir cannot serve, or another training has
            the workdir; nothing is overwritten.
        Interrupted: if SIGINT, SIGTERM or SIGHUP stopped the run; a checkpoint holds the last step.

    Example: `train_and_evaluate(configs.characters.get_config(), "runs/characters")`
    """
    config = config_dict.ConfigDict(complete_config(config.to_dict()))
    check_memory(config.to_dict())
    workdir = Workdir(workdir)
    keras.utils.set_random_seed(config.seed)
    task = build_task(config)
    model = build_model(config.model, task)
    _check_steps(config.train.steps, model)
    with workdir.lock():
        _train(config, task, model, workdir)
    result = evaluate(workdir.path, config.test_episodes)
    print(
        "Next: measure it on more examples with\n"
        f"  python evaluate.py --workdir={workdir.path} --episodes={2 * config.test_episodes}"
    )
    return result


def _train(config, task, model, workdir):
    workdir.claim(config.to_dict(), task.class_hashes)
    for name, value in task.files().items():
        write_json(workdir.path / name, value)
    workdir.remove_leftovers()
    model, step, origin = start(config, task, model, workdir)
    reporting.print_start(config, model, task, step)
    if step < config.train.steps:
        if origin == workdir.model:
            print(f"Starting from {origin}, as there is no checkpoint, at step {step:,}.")
        _fit(model, task, config.train, workdir, step)
    elif not workdir.model.exists():
        checkpoints.save_model(model, workdir.model)


def evaluate(workdir, episodes=1000, seed=0, options=None, memory_size=None, pictures=True):
    """Measures the best model of a run on what it never saw; prints, writes and draws it.

    Args:
        workdir: path of the folder of the run.
        episodes: how many test episodes, or sequences at each level. Defaults to 1000.
        seed: which test episodes. Defaults to 0.
        options: dict of what to measure: of a few-shot task `protocol`, `ways`, `shots`,
            `queries` and `runs_zip`, of an algorithmic task or one on graphs the levels of an axis
            of difficulty. Defaults to `None`: what the task is usually measured by.
        memory_size: slots of the memory, which may be more than in training. Defaults to `None`:
            as many.
        pictures: whether to draw pictures. Defaults to `True`.

    Returns:
        A list of `mann.evaluation.measurement.Measurement`.

    Raises:
        UserError: if there is no run, no model, no data, or no such option or memory.

    Example: `evaluate("runs/copy", episodes=100, options={"length": [20, 120]})`
    """
    workdir = Workdir(workdir)
    config = config_dict.ConfigDict(workdir.read_config())
    check_memory(config.to_dict(), levels=options, training=False)
    task = build_task(config, test_seed=seed)
    workdir.claim(config.to_dict(), task.class_hashes)
    like = build_model(config.model, task)
    model, path = checkpoints.load_best(workdir, like)
    step = checkpoints.step_of(model)
    if memory_size is not None:
        model = with_memory_size(model, config, task, memory_size)
    options = options or {}
    task.check_options(options)
    measurements = task.evaluate(model, episodes, config.train.batch_size, options)
    remarks = task.remarks(measurements, model, workdir)
    reporting.print_measurements(measurements, remarks)
    how = {"options": options, "seed": seed, "step": step}
    reporting.write_evaluation(measurements, remarks, workdir, model, task, how)
    if pictures:
        reporting.draw(measurements, model, task, config, workdir)
    reporting.print_end(workdir, path, step, pictures)
    return measurements


def _check_steps(steps, model):
    has_weights = bool(model.trainable_variables)
    if has_weights != (steps > 0):
        expected = "1 or more"
        if not has_weights:
            expected = f"0: the model, {model.name}, has no weights to train"
        raise UserError(f"--config.train.steps must be {expected}. Received: {steps}.")


def _fit(model, task, config, workdir, step):
    """Runs steps `step` to `config.steps`: one `fit` of Keras for each level."""
    scalars = Scalars(workdir.tensorboard)
    stop = StopOnSignal()
    stop.watch()
    try:
        while step < config.steps and not stop.stopped:
            level = callbacks.level_reached(task.curriculum, workdir)
            batches = training_batches(task, config.batch_size, level, step, config.steps)
            _fit_batches(model, batches, task, config, workdir, step, level, scalars, stop)
            step = int(model.optimizer.iterations)
    finally:
        stop.restore()
        scalars.close()
    if stop.stopped:
        raise Interrupted(
            f"Stopped after step {checkpoints.saved_steps(workdir)[0]:,} of {config.steps:,}. The "
            f"checkpoint is in {workdir.checkpoints}; run the same command to go on.",
            stop.received,
        )


def _fit_batches(model, batches, task, config, workdir, step, level, scalars, stop):
    model.fit(
        batches,
        # The order of batches is the task's.
        shuffle=False,
        # A bar redrawn in a log file would fill it; there the lines of Validation do.
        verbose=1 if sys.stdout.isatty() else 0,
        callbacks=[
            # First, so that a step that ends the run is saved.
            stop,
            callbacks.StopOnNonFinite(step, workdir),
            callbacks.Validation(step, config, task, workdir, scalars),
            callbacks.Report(step, config, workdir, scalars),
            *(
                [callbacks.RaiseLevel(step, config, task, workdir, level)]
                if task.curriculum
                else []
            ),
            callbacks.Checkpoint(step, config, workdir, stop),
            *([callbacks.ProgressBar()] if sys.stdout.isatty() else []),
        ],
    )
