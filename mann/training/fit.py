"""Runs the steps of a training, with one `fit` of Keras for each level of difficulty."""

import sys

from mann.runs import checkpoints
from mann.training import callbacks
from mann.training.batches import make_training_batches
from mann.training.scalars import Scalars
from mann.training.signals import StopOnSignal
from mann_config.errors import Interrupted


def fit(replicas, task, config, workdir, step, processes):
    """Trains to the last step, with reports, validations and checkpoints on the way.

    Args:
        replicas: the `Replicas` of the model.
        task: the `Task` that makes the batches.
        config: the `train` part of an experiment's config.
        workdir: the `Workdir` of the run.
        step: number of steps that the model was trained before.
        processes: the `Processes` of the training, of which the first alone uses the folder.

    Raises:
        Interrupted: if a signal stopped the run; a checkpoint holds the last step.
    """
    stop = StopOnSignal(processes)
    scalars = Scalars(workdir.tensorboard) if processes.is_first else None
    rows = processes.get_rows(config.batch_size)
    stop.watch()
    try:
        while step < config.steps and not stop.stopped:
            level = processes.share(lambda: callbacks.read_level(task.curriculum, workdir))
            every = [
                # First, so that a step that ends the run is saved.
                stop,
                callbacks.StopOnNonFinite(step, workdir, processes),
                callbacks.Validation(step, config, task, workdir, scalars, replicas, processes),
                callbacks.Report(step, config, workdir, scalars, processes),
            ]
            if task.curriculum:
                every.append(
                    callbacks.RaiseLevel(step, config, task, workdir, level, replicas, processes)
                )
            every.append(callbacks.Checkpoint(step, config, workdir, stop, replicas, processes))
            # A redrawn bar would fill a log file; there the lines of Validation show the progress.
            has_bar = processes.is_first and sys.stdout.isatty()
            with replicas.in_use():
                replicas.model.fit(
                    make_training_batches(task, config.batch_size, level, step, config.steps, rows),
                    # The task determines the order of batches.
                    shuffle=False,
                    verbose=1 if has_bar else 0,
                    callbacks=[*every, callbacks.ProgressBar()] if has_bar else every,
                )
            step = int(replicas.model.optimizer.iterations)
        stop.agree_at_end()
    finally:
        stop.restore()
        if scalars is not None:
            scalars.close()
    if stop.stopped:
        saved = processes.share(lambda: checkpoints.list_saved_steps(workdir)[0])
        raise Interrupted(
            f"Stopped after step {saved:,} of {config.steps:,}. "
            f"The checkpoint is in {workdir.checkpoints}; run the same command to resume.",
            stop.received,
        )
