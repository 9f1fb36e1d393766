"""FunctionTask: predict the next value of a function, and how sure that is."""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

import episodes
from episodes.regression import negative_log_likelihood
from mann.evaluation import function_report as report
from mann.evaluation.intervals import mean_and_interval
from mann.tasks.base import TEST, TRAIN, VALIDATION, Task, Validation
from mann_config.errors import UserError

# The logarithm of a variance stays within this of zero, so that no step of training overflows.
_MOST_LOG_VARIANCE = 10.0


@keras.saving.register_keras_serializable(package="mann")
def gaussian_loss(y_true, y_pred):
    """Returns the negative log-likelihood of values `(batch, time)`, in nats.

    Args:
        y_true: tensor `(batch, time)`.
        y_pred: tensor `(batch, time, 2)`: means and the logarithms of variances.
    """
    mean = y_pred[..., 0]
    log_variance = ops.clip(y_pred[..., 1], -_MOST_LOG_VARIANCE, _MOST_LOG_VARIANCE)
    error = ops.square(ops.reshape(y_true, ops.shape(mean)) - mean)
    return 0.5 * (np.log(2 * np.pi) + log_variance + error * ops.exp(-log_variance))


class FunctionResult(NamedTuple):
    """Negative log-likelihood in nats of each value of test functions, `(functions, time)` each.

    Attributes:
        model: of the model's predictions.
        optimum: of the Gaussian process that the functions were drawn from.
        squared_errors: of the model's means.
    """

    model: np.ndarray
    optimum: np.ndarray
    squared_errors: np.ndarray

    def mean_excess(self):
        """Returns the mean nats a value above the optimum, and half its 95 % interval."""
        mean, interval = mean_and_interval(np.mean(self.model - self.optimum, axis=1))
        return float(mean), float(interval)


class FunctionTask(Task):
    """Functions of a Gaussian process, as Santoro et al. (2016) test a memory on.

    Args:
        config: the `task` part of an experiment's config.
        seed: of the training and validation functions.
        test_seed: of the test functions.
    """

    num_outputs = 2

    def __init__(self, config, seed, test_seed):
        self.samplers = {
            stream: episodes.FunctionSampler(
                config.dimensions,
                config.num_points,
                config.length_scale,
                config.noise,
                (stream_seed, stream),
            )
            for stream, stream_seed in ((TRAIN, seed), (VALIDATION, seed), (TEST, test_seed))
        }
        self.num_features = self.samplers[TRAIN].num_features

    def describe(self):
        sampler = self.samplers[TRAIN]
        return [
            f"Functions of {sampler.dimensions} dimensions, {sampler.num_points} points each, "
            f"length scale {sampler.length_scale}, noise {sampler.noise}"
        ]

    def loss(self):
        return gaussian_loss

    def training_batch(self, step, batch_size, level):
        batch = self.samplers[TRAIN].batch(step * batch_size, batch_size)
        return batch.inputs, batch.targets

    def validate(self, model, num_examples, batch_size):
        result = self._measure(model, VALIDATION, num_examples, batch_size)
        values = {"model": float(result.model.mean()), "optimum": float(result.optimum.mean())}
        return Validation(-values["model"], "nats per value", values)

    def evaluate(self, model, num_examples, batch_size, options=None):
        if options:
            raise UserError(
                f"--{next(iter(options))}: functions have no such option: leave it out."
            )
        return self._measure(model, TEST, num_examples, batch_size)

    def _measure(self, model, stream, num_examples, batch_size):
        sampler, parts = self.samplers[stream], []
        for first in range(0, num_examples, batch_size):
            batch = sampler.batch(first, batch_size)
            mean, variance = predictions(model, batch.inputs)
            optimum = negative_log_likelihood(batch.targets, *sampler.optimum(batch))
            likelihood = negative_log_likelihood(batch.targets, mean, variance)
            parts.append((likelihood, optimum, (batch.targets - mean) ** 2))
        return FunctionResult(
            *(np.concatenate(part)[:num_examples] for part in zip(*parts, strict=True))
        )

    def report(self, result, model, workdir, config, pictures):
        return report.report(result, model, self, workdir, config, pictures)


def predictions(model, inputs):
    """Returns the means and variances that a model predicts, `(batch, time)` each."""
    return mean_and_variance(np.asarray(model.predict_on_batch(inputs)))


def mean_and_variance(outputs):
    """Returns the means and variances of a model's outputs `(..., 2)`."""
    log_variance = outputs[..., 1].clip(-_MOST_LOG_VARIANCE, _MOST_LOG_VARIANCE)
    return outputs[..., 0], np.exp(log_variance)
