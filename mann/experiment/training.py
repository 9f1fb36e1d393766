"""Trains the model of a config, resumes it, and measures it on classes it never saw."""

import sys

import keras
from ml_collections import config_dict

from mann.experiment import callbacks, checkpoints, reporting
from mann.experiment.errors import Interrupted, UserError, missing_field
from mann.experiment.evaluation import measure
from mann.experiment.models import build_model, compile_model
from mann.experiment.tasks import TrainingBatches, build_task
from mann.experiment.workdir import REQUIRED_FIELDS, Workdir


def train_and_evaluate(config, workdir):
    """Trains from the newest checkpoint of `workdir`, or from the start, then evaluates.

    Args:
        config: a `ConfigDict` such as `configs/characters.py` makes.
        workdir: path of the folder that holds the run; made if it is missing.

    Returns:
        The `InstanceAccuracy` of the best model on the test classes.

    Raises:
        UserError: if the config, the data or the workdir cannot serve; nothing is overwritten.
        Interrupted: if the user stopped the run; a checkpoint holds the last step.

    Example: `train_and_evaluate(configs.characters.get_config(), "runs/characters")`
    """
    try:
        _check(config)
    except KeyError as error:
        raise missing_field("config", error) from error
    workdir = Workdir(workdir)
    keras.utils.set_random_seed(config.seed)
    task = build_task(config.task, config.seed)
    model = build_model(config.model, task.train.num_features, task.train.ways)
    workdir.claim(config.to_dict(), task.class_hashes)
    workdir.remove_leftovers()
    saved, step = checkpoints.load_newest(workdir, model)
    if saved is None:
        _check_nothing_is_missing(workdir, config.train.checkpoint_every)
        compile_model(model, config.train)
    else:
        model = saved
    workdir.forget_metrics_after(step)
    reporting.print_start(config, model, task, step)
    if step < config.train.steps:
        _fit(model, task, config.train, workdir, step)
    accuracy = evaluate(workdir.path, config.test_episodes)
    print(
        "Next: measure it on more episodes with\n"
        f"  python evaluate.py --workdir={workdir.path} --episodes=2000"
    )
    return accuracy


def evaluate(workdir, episodes=1000, seed=0):
    """Measures the best model of a run on classes it never saw; prints, writes and draws it.

    Args:
        workdir: path of the folder of the run.
        episodes: how many test episodes. Defaults to 1000.
        seed: which test episodes. Defaults to 0.

    Returns:
        The `InstanceAccuracy` on the test classes.

    Raises:
        UserError: if there is no run, no model or no data.

    Example: `evaluate("runs/characters", episodes=100)`
    """
    workdir = Workdir(workdir)
    config = config_dict.ConfigDict(workdir.read_config())
    task = build_task(config.task, config.seed, test_seed=seed)
    workdir.claim(config.to_dict(), task.class_hashes)
    like = build_model(config.model, task.test.num_features, task.test.ways)
    model, path = checkpoints.load_best(workdir, like)
    accuracy = measure(model, task.test, episodes, config.train.batch_size)
    reporting.report(accuracy, model, path, task, config, workdir, seed)
    return accuracy


def _check(config):
    """Raises UserError for a number out of range, KeyError for a field that is not there."""
    sections = {name: config[name] for name in REQUIRED_FIELDS}
    train = sections["train"]
    for name in ("steps", "batch_size", "checkpoint_every", "report_every", "validate_every"):
        _check_number(f"train.{name}", train[name], train[name] >= 1, "1 or more")
    for name, number in (
        ("train.validation_episodes", train["validation_episodes"]),
        ("test_episodes", sections["test_episodes"]),
    ):
        _check_number(name, number, number >= 2, "2 or more")
    _check_number("train.clip_norm", train["clip_norm"], train["clip_norm"] > 0, "above 0")
    seed = sections["seed"]
    _check_number("seed", seed, 0 <= seed < 2**32, "from 0 to 2**32 - 1")
    rate, final_rate = train["learning_rate"], train["final_learning_rate"]
    _check_number(
        "train.final_learning_rate",
        final_rate,
        0 < final_rate <= rate,
        f"above 0 and at most train.learning_rate, {rate}",
    )


def _check_number(name, number, good, expected):
    if not good:
        raise UserError(f"--config.{name} must be {expected}. Received: {number}.")


def _check_nothing_is_missing(workdir, checkpoint_every):
    last = max((line["step"] for line in workdir.read_metrics()), default=0)
    if last > checkpoint_every:
        raise UserError(
            f"{workdir.metrics} goes to step {last:,}, but {workdir.checkpoints} holds no "
            "checkpoint: put the checkpoints back, or choose another --workdir."
        )


def _fit(model, task, config, workdir, step):
    """Runs steps `step` to `config.steps` as one epoch of Keras's `fit`."""
    scalars = callbacks.Scalars(workdir.tensorboard)
    stop = callbacks.StopOnSignal()
    try:
        model.fit(
            TrainingBatches(task.train, config.batch_size, step, config.steps),
            # The order of batches is the sampler's.
            shuffle=False,
            # A bar redrawn in a log file would fill it; there the lines of Validation do.
            verbose=1 if sys.stdout.isatty() else 0,
            callbacks=[
                # First, so that a step that ends the run is saved.
                stop,
                callbacks.StopOnNonFinite(step, workdir),
                callbacks.Validation(step, config, task.validation, workdir, scalars),
                callbacks.Report(step, config, workdir, scalars),
                callbacks.Checkpoint(step, config, workdir, stop),
                *([callbacks.ProgressBar()] if sys.stdout.isatty() else []),
            ],
        )
    finally:
        stop.restore()
    if stop.stopped:
        raise Interrupted(
            f"Stopped after step {workdir.saved_steps()[0]:,} of {config.steps:,}. The checkpoint "
            f"is in {workdir.checkpoints}; run the same command to go on."
        )
