"""Trains the model of a config, resumes its training, and measures it on test examples."""

import sys

import keras
from ml_collections import config_dict

from mann.models.build import build_model, resize_memory
from mann.runs import checkpoints
from mann.runs.files import write_json
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import callbacks, reporting
from mann.training.batches import make_training_batches
from mann.training.scalars import Scalars
from mann.training.signals import StopOnSignal
from mann.training.start import start
from mann_config.check import complete_config
from mann_config.errors import Interrupted, UserError
from mann_config.machine_memory import check_memory


def train_and_evaluate(config, workdir):
    """Trains from the newest checkpoint of `workdir`, or from the start, then evaluates.

    A `workdir` with a model but no checkpoints, such as a copy of a pretrained model, continues
    from that model.

    Args:
        config: a `ConfigDict` such as `configs/characters.py` makes.
        workdir: path of the folder that holds the run; made if it is missing.

    Returns:
        The list of `Measurement` that `evaluate` returns for the best model.

    Raises:
        UserError: if the config, the data or the workdir cannot be used, or another training uses
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
    """Measures the best model of a run on test examples; prints, writes and draws the results.

    Args:
        workdir: path of the folder of the run.
        episodes: number of test episodes, or of sequences at each level. Defaults to 1000.
        seed: seed of the test episodes. Defaults to 0.
        options: dict of options: for a few-shot task `protocol`, `ways`, `shots`, `queries` and
            `runs_zip`; for an algorithmic task or one on graphs, axes of difficulty with their
            levels. Defaults to `None`: the defaults of the task.
        memory_size: number of slots of the memory, which may be more than in training. Defaults to
            `None`: as in training.
        pictures: whether to draw pictures. Defaults to `True`.

    Returns:
        A list of `mann.evaluation.measurement.Measurement`.

    Raises:
        UserError: if the run, its model or its data is missing, or an option or `memory_size` is
            wrong.

    Example: `evaluate("runs/copy", episodes=100, options={"length": [20, 120]})`
    """
    workdir = Workdir(workdir)
    config = config_dict.ConfigDict(workdir.read_config())
    check_memory(config.to_dict(), levels=options, training=False)
    task = build_task(config, test_seed=seed)
    workdir.claim(config.to_dict(), task.class_hashes)
    like = build_model(config.model, task)
    model, path = checkpoints.load_best(workdir, like)
    step = checkpoints.get_step(model)
    if memory_size is not None:
        model = resize_memory(model, config, task, memory_size)
    options = options or {}
    task.check_options(options)
    measurements = task.evaluate(model, episodes, config.train.batch_size, options)
    remarks = task.remarks(measurements, model, workdir)
    reporting.print_measurements(measurements, remarks)
    how = {"options": options, "seed": seed, "step": step}
    reporting.write_evaluation(measurements, remarks, workdir, model, task, how)
    if pictures:
        reporting.draw_pictures(measurements, model, task, config, workdir)
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
    """Runs steps `step` to `config.steps`, with one `fit` of Keras for each level."""
    scalars = Scalars(workdir.tensorboard)
    stop = StopOnSignal()
    stop.watch()
    try:
        while step < config.steps and not stop.stopped:
            level = callbacks.read_level(task.curriculum, workdir)
            batches = make_training_batches(task, config.batch_size, level, step, config.steps)
            _fit_batches(model, batches, task, config, workdir, step, level, scalars, stop)
            step = int(model.optimizer.iterations)
    finally:
        stop.restore()
        scalars.close()
    if stop.stopped:
        raise Interrupted(
            f"Stopped after step {checkpoints.list_saved_steps(workdir)[0]:,} of {config.steps:,}. "
            f"The checkpoint is in {workdir.checkpoints}; run the same command to resume.",
            stop.received,
        )


def _fit_batches(model, batches, task, config, workdir, step, level, scalars, stop):
    model.fit(
        batches,
        # The task determines the order of batches.
        shuffle=False,
        # A redrawn bar would fill a log file; there the lines of Validation show the progress.
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
