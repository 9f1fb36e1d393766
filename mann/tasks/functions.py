"""FunctionTask: predict the next value of a function, with its variance."""

import numpy as np

import episodes
from episodes.regression import negative_log_likelihood
from episodes.wording import count
from mann.evaluation import function_pictures, pictures
from mann.evaluation.measurement import Measurement, measure_in_batches
from mann.models.gaussian import gaussian_loss, split_mean_and_variance
from mann.tasks.base import ALL_ROWS, TEST, TRAIN, VALIDATION, Task, find_examples


class FunctionTask(Task):
    """Functions of a Gaussian process, the regression task of Santoro et al. (2016).

    Args:
        config: the `task` part of an experiment's config.
        seed: seed of the training and validation functions.
        test_seed: seed of the test functions.
    """

    name = "functions"
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
            f"Functions of {count(sampler.dimensions, 'dimension')}, "
            f"{count(sampler.num_points, 'point')} each, "
            f"length scale {sampler.length_scale}, noise {sampler.noise}"
        ]

    def loss(self):
        return gaussian_loss

    def training_batch(self, step, batch_size, level, rows=ALL_ROWS):
        batch = self.samplers[TRAIN].batch(*find_examples(step, batch_size, rows))
        return batch.inputs, batch.targets

    def validate(self, model, num_examples, batch_size):
        nats, optimum, _ = self._measure(model, VALIDATION, num_examples, batch_size)
        values = {"model": nats.mean(axis=1), "optimum": optimum.mean(axis=1)}
        return Measurement(
            "negative log-likelihood", "nats per value", "of", values, higher_is_better=False
        )

    def score(self, validation):
        return -validation.mean("model")

    def evaluate(self, model, num_examples, batch_size, options=None):
        nats, optimum, squared_errors = self._measure(model, TEST, num_examples, batch_size)
        points = range(nats.shape[1])
        about = {
            "about": count(num_examples, "function"),
            "higher_is_better": False,
            "digits": 3,
        }
        by_point = {
            "by": "points before",
            "shown": tuple(k for k in (0, 1, 2, 4, 9, 14, points[-1]) if k < points[-1])
            + (points[-1],),
            **about,
        }
        return [
            Measurement(
                "negative log-likelihood",
                "nats",
                values={k: nats[:, k] for k in points},
                references={"optimum": {k: float(optimum[:, k].mean()) for k in points}},
                **by_point,
            ),
            Measurement(
                "squared error",
                "squares",
                values={k: squared_errors[:, k] for k in points},
                **by_point,
            ),
            Measurement(
                "nats above the optimum",
                "nats per value",
                "points",
                {"all": np.mean(nats - optimum, axis=1)},
                **about,
            ),
        ]

    def draw(self, measurements, model, folder):
        if self.samplers[TEST].dimensions == 1:
            figure = function_pictures.draw_functions(model, self.samplers[TEST])
            pictures.save(figure, folder / "functions.png")

    def _measure(self, model, stream, num_examples, batch_size):
        """Returns nats, the optimal nats and squared errors, each `(functions, points)`."""
        sampler = self.samplers[stream]

        def measure(first):
            batch = sampler.batch(first, batch_size)
            mean, variance = split_mean_and_variance(
                np.asarray(model.predict_on_batch(batch.inputs))
            )
            return (
                negative_log_likelihood(batch.targets, mean, variance),
                negative_log_likelihood(batch.targets, *sampler.optimum(batch)),
                (batch.targets - mean) ** 2,
            )

        return measure_in_batches(measure, num_examples, batch_size)


def build(config, test_seed):
    """Returns the `FunctionTask` of a config."""
    return FunctionTask(config.task, config.seed, test_seed)
