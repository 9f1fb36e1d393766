"""Callbacks between training steps: reports, validation, checkpoints, rising levels."""

import math
import sys
import time

import keras
import numpy as np

from mann.runs import checkpoints
from mann_config.errors import UserError


def is_due(step, every, last_step):
    """Returns whether an action of every `every` steps, and of the last, is due after `step`."""
    return step % every == 0 or step == last_step


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Keras's progress bar, which is not drawn full when a run is stopped."""

    def on_epoch_end(self, epoch, logs=None):
        if self.seen == self.target:
            super().on_epoch_end(epoch, logs)


class _StepCallback(keras.callbacks.Callback):
    """Counts steps from the start of the run, not from the start of this `fit`."""

    def __init__(self, first_step):
        super().__init__()
        self._first_step = first_step

    def on_train_batch_end(self, batch, logs=None):
        self.on_step_end(self._first_step + batch + 1, logs)

    def on_step_end(self, step, logs):
        raise NotImplementedError


class StopOnNonFinite(_StepCallback):
    """Stops the run when the loss is no longer a finite number."""

    def __init__(self, first_step, workdir, processes):
        super().__init__(first_step)
        self._workdir = workdir
        self._processes = processes

    def on_step_end(self, step, logs):
        if not math.isfinite(logs["loss"]):
            self._processes.run_in_first(lambda: self._fail(step))

    def _fail(self, step):
        raise non_finite_error(step, self._workdir)


def non_finite_error(step, workdir):
    """Returns the error of a run that diverged at `step`."""
    saved = checkpoints.list_saved_steps(workdir)
    last = (
        f"the last good checkpoint is {workdir.checkpoint(saved[0])}"
        if saved
        else "no checkpoint was saved before"
    )
    return UserError(
        f"The loss is not finite at step {step:,}; {last}. Train again in a new --workdir with a "
        "lower --config.train.learning_rate or --config.train.clip_norm."
    )


class Checkpoint(_StepCallback):
    """Saves model and optimizer every few steps, at the end, and when the run is stopped."""

    def __init__(self, first_step, config, workdir, stop, replicas, processes):
        super().__init__(first_step)
        self._config = config
        self._workdir = workdir
        self._stop = stop
        self._replicas = replicas
        self._processes = processes

    def on_step_end(self, step, logs):
        config = self._config
        if is_due(step, config.checkpoint_every, config.steps) or self._stop.stopped:
            self._processes.run_in_first(lambda: self._save(step))

    def _save(self, step):
        with self._replicas.gather(self.model) as model:
            if not all(np.all(np.isfinite(weight)) for weight in model.get_weights()):
                raise non_finite_error(step, self._workdir)
            if any(sums := _get_metric_sums(self.model)):
                self._workdir.append_metrics({"step": step, "metric_sums": sums})
            checkpoints.save_model(model, self._workdir.checkpoint(step))
            checkpoints.prune(self._workdir)


def _get_metric_sums(model):
    """Returns the numbers behind the averages of a model's metrics, as floats."""
    values = [keras.ops.convert_to_numpy(variable) for variable in model.metrics_variables]
    return [float(number) for value in values for number in value.ravel()]


def _add_metric_sums(model, sums):
    variables = model.metrics_variables
    ends = np.cumsum([math.prod(variable.shape) for variable in variables])
    # Another version of Keras may have other variables.
    if len(sums) == ends[-1]:
        for variable, values in zip(variables, np.split(sums, ends[:-1]), strict=True):
            variable.assign_add(np.reshape(values, variable.shape))


class Report(_StepCallback):
    """Writes a line of metrics every few steps, and resets their averages.

    A resumed run continues the averages from when its checkpoint was saved.
    """

    def __init__(self, first_step, config, workdir, scalars, processes):
        super().__init__(first_step)
        self._config = config
        self._workdir = workdir
        self._scalars = scalars
        self._processes = processes
        self._began = self._began_step = None

    def on_step_end(self, step, logs):
        if self._began is None:
            # The first step compiles; the rate counts from its end.
            self._began, self._began_step = time.perf_counter(), step
            logs = self._add_steps_before(logs)
        if not is_due(step, self._config.report_every, self._config.steps):
            return
        if self._processes.is_first:
            self._write(step, logs)
        self.model.reset_metrics()

    def _write(self, step, logs):
        values = {name: float(value) for name, value in logs.items()}
        now = time.perf_counter()
        if step > self._began_step:
            values["steps_per_second"] = (step - self._began_step) / (now - self._began)
        self._began, self._began_step = now, step
        self._workdir.append_metrics({"step": step, **values})
        self._scalars.write(step, {f"train/{name}": value for name, value in values.items()})

    def _add_steps_before(self, logs):
        """Returns the averages over this step and those before the stop, if there were any."""
        for sums in self._processes.share(self._read_metric_sums):
            # Only after the first step do all metrics have their variables.
            _add_metric_sums(self.model, sums)
            logs = self.model.get_metrics_result()
        return logs

    def _read_metric_sums(self):
        lines = (line for line in self._workdir.read_metrics() if "metric_sums" in line)
        return [line["metric_sums"] for line in lines if line["step"] == self._first_step]


class Validation(_StepCallback):
    """Validates the model every few steps, and saves the best one."""

    def __init__(self, first_step, config, task, workdir, scalars, replicas, processes):
        super().__init__(first_step)
        self._config = config
        self._task = task
        self._workdir = workdir
        self._scalars = scalars
        self._replicas = replicas
        self._processes = processes
        self._best = processes.run_in_first(self._read_best)
        self._began = time.perf_counter()

    def _read_best(self):
        scores = [line["validation_score"] for line in read_validation_lines(self._workdir)]
        return max(scores, default=-math.inf)

    def on_step_end(self, step, logs):
        if is_due(step, self._config.validate_every, self._config.steps):
            self._processes.run_in_first(lambda: self._validate(step, logs))

    def _validate(self, step, logs):
        config = self._config
        with self._replicas.gather(self.model) as model:
            validation = self._task.validate(model, config.validation_episodes, config.batch_size)
            score = self._task.score(validation)
            line = make_validation_line(step, validation, score)
            self._workdir.append_metrics(line)
            if score > self._best:
                self._best = score
                checkpoints.save_model(model, self._workdir.model)
        scalars = {f"validation/{name}": value for name, value in line["validation"].items()}
        self._scalars.write(step, scalars)
        self._print(step, logs["loss"], line)

    def _print(self, step, loss, line):
        seconds = time.perf_counter() - self._began
        left = seconds / (step - self._first_step) * (self._config.steps - step)
        values = " ".join(f"{value:.3g}" for value in line["validation"].values())
        # A progress bar, if there is one, has not ended its line.
        print(
            f"{chr(10) if sys.stdout.isatty() else ''}step {step:,}/{self._config.steps:,}  "
            f"loss {loss:.3g}  validation {line['validation_name']} "
            f"{'/'.join(line['validation'])}: {values}  "
            f"{(step - self._first_step) / seconds:.1f} steps/s, {left / 60:.1f} min left",
            flush=True,
        )


def make_validation_line(step, validation, score):
    """Returns the line of metrics of a validation after `step` steps.

    Args:
        step: number of training steps.
        validation: the `Measurement`.
        score: number that the task ranks it by.
    """
    return {
        "step": step,
        "validation_score": score,
        "validation_name": f"{validation.name} ({validation.unit}) by {validation.by}",
        "validation": {
            str(condition): validation.mean(condition)
            for condition in validation.shown or validation.values
        },
    }


def read_validation_lines(workdir):
    """Returns the lines of metrics.jsonl that hold a validation."""
    return [line for line in workdir.read_metrics() if "validation_score" in line]


class RaiseLevel(_StepCallback):
    """Raises the level of a curriculum when the model succeeds at it.

    It then ends this `fit`, so that the next step trains on the new level, whatever batches were
    prefetched. The first process decides for all.
    """

    def __init__(self, first_step, config, task, workdir, level, replicas, processes):
        super().__init__(first_step)
        self._config = config
        self._task = task
        self._workdir = workdir
        self._level = level
        self._replicas = replicas
        self._processes = processes

    def on_step_end(self, step, logs):
        config, curriculum = self._config, self._task.curriculum
        if self._level == curriculum.last or not is_due(step, curriculum.every, config.steps):
            return
        if self._processes.share(lambda: self._raise_level(step)):
            # The next `fit` averages from here on, as does that of a run resumed here.
            self.model.reset_metrics()
            self.model.stop_training = True

    def _raise_level(self, step):
        """Raises the level if the model succeeds, and returns whether it does."""
        config = self._config
        with self._replicas.gather(self.model) as model:
            succeeds = self._task.succeeds(
                model, self._level, config.validation_episodes, config.batch_size
            )
        if succeeds:
            self._level = self._task.curriculum.raise_level(self._level)
            self._workdir.append_metrics({"step": step, "level": self._level})
        return bool(succeeds)


def read_level(curriculum, workdir):
    """Returns the level that a run has reached, or `None` if it has no curriculum."""
    if curriculum is None:
        return None
    levels = [line["level"] for line in workdir.read_metrics() if "level" in line]
    return levels[-1] if levels else curriculum.first
