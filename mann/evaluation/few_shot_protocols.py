"""Measures few-shot models: by instance, or on N-way K-shot episodes."""

import numpy as np

from episodes.wording import count
from mann.evaluation.measurement import Measurement, measure_in_batches
from mann.evaluation.published import SANTORO_INSTANCES
from mann_config.errors import UserError

PROTOCOLS = ("instance", "nway", "manyway", "stream", "within_alphabet", "lake_runs")
# The defaults of N-way K-shot, where classes have enough drawings, and of the protocols that draw.
WAYS, SHOTS, QUERIES, DRAWS = (5, 20), (1, 5), 15, 20
# Protocols whose answers can be averages over views of the images.
WITH_VIEWS = ("nway", "within_alphabet", "lake_runs")
# From an option to the protocols that it is for; others are for all.
_PROTOCOLS_OF = {
    "shots": ("nway", "manyway"),
    "queries": ("nway", "manyway"),
    "draws": ("manyway", "stream", "within_alphabet"),
    "views": WITH_VIEWS,
    "runs_zip": ("lake_runs",),
}


def check_options(options, default):
    """Returns a dict of all options of the protocols, with `None` for most that are not given.

    Draws are 20 if they are not given.

    Args:
        options: dict, as `Task.evaluate` takes it.
        default: protocol to use if the options name none.

    Raises:
        UserError: if a protocol is unknown, or an option belongs to a protocol that is not used.
    """
    names = ("ways", *_PROTOCOLS_OF)
    given = {name: options.get(name) for name in names}
    given["draws"] = given["draws"] or DRAWS
    given["protocol"] = list(dict.fromkeys(options.get("protocol", [default])))
    if not given["protocol"]:
        raise UserError(f"--protocol is empty: give one or more of {','.join(PROTOCOLS)}.")
    for protocol in given["protocol"]:
        if protocol not in PROTOCOLS:
            raise UserError(
                f"--protocol={protocol} is unknown: give one or more of {','.join(PROTOCOLS)}."
            )
    for option, protocols in _PROTOCOLS_OF.items():
        if option in options and not set(protocols) & set(given["protocol"]):
            raise UserError(
                f"--{option} is for --protocol={' or '.join(protocols)}: add this protocol, or "
                f"leave --{option} out."
            )
    if "lake_runs" in given["protocol"] and given["runs_zip"] is None:
        raise UserError(
            "--protocol=lake_runs needs --runs_zip, the path of all_runs.zip from "
            "github.com/brendenlake/omniglot, python/one-shot-classification."
        )
    return given


def measure_by_instance(predictor, sampler, num_episodes, batch_size):
    """Returns the accuracy at the k-th drawing of a class in an episode, a `Measurement`.

    Where episodes follow each other in one sequence, each counts as one.

    Args:
        predictor: one of `mann.models.predictors`.
        sampler: an `episodes.SequenceSampler`.
        num_episodes: number of episodes.
        batch_size: number of sequences in a batch.
    """

    def measure(first):
        batch = sampler.batch(first, batch_size)
        answers = predictor.predict(batch, sampler.dataset.image_shape, sampler.ways)
        return *(_as_one_number(part) for part in (answers, batch.targets)), batch.instances

    steps = sampler.ways * sampler.instances
    sequences = -(-num_episodes // sampler.consecutive)
    parts = measure_in_batches(measure, sequences, batch_size)
    values = compute_accuracy_by_instance(
        *(part.reshape(-1, steps)[:num_episodes] for part in parts)
    )
    return Measurement(
        "accuracy",
        "%",
        "instance",
        values,
        about=f"{count(num_episodes, 'episode')} of {count(sampler.ways, 'way')}",
        shown=tuple(k for k in SANTORO_INSTANCES if k in values),
    )


def compute_accuracy_by_instance(predictions, targets, instances):
    """Returns the percentage of the k-th drawings that were recognised, by k and episode.

    The drawings of one episode share their classes, so they are not independent trials: each
    episode counts as one.

    Args:
        predictions: int array of shape `(episodes, time)`.
        targets: int array of shape `(episodes, time)`.
        instances: int array of shape `(episodes, time)`, 1 for the first drawing of a class.

    Returns:
        Dict from k to the percentage in each episode, `(episodes,)`.

    Example:

    >>> predictions, targets = np.array([[0, 1, 1]]), np.array([[0, 1, 0]])
    >>> compute_accuracy_by_instance(predictions, targets, instances=np.array([[1, 1, 2]]))
    {1: array([100.]), 2: array([0.])}
    """
    right = predictions == targets
    return {
        k: 100 * np.sum(right & (instances == k), axis=1) / np.sum(instances == k, axis=1)
        for k in range(1, instances.max() + 1)
    }


def _as_one_number(labels):
    # A string is right if all of its letters are.
    return labels @ (10 ** np.arange(labels.shape[-1])) if labels.ndim == 3 else labels


def measure_nway(predictor, samplers, num_episodes, images_at_once=1600):
    """Returns the accuracy on N-way K-shot episodes, a `Measurement`.

    Args:
        predictor: one of `mann.models.predictors`.
        samplers: list of `episodes.FewShotSampler`, one for each number of ways and shots.
        num_episodes: number of episodes of each sampler.
        images_at_once: approximate number of images in a batch. Defaults to 1600.
    """
    values = {}
    for sampler in samplers:
        images = sampler.ways * (sampler.shots + sampler.queries)
        batch_size = max(1, min(num_episodes, images_at_once // images))
        (values[f"{sampler.ways}-way {sampler.shots}-shot"],) = measure_in_batches(
            lambda first, s=sampler, size=batch_size: (
                measure_accuracy(predictor, s.batch(first, size)),
            ),
            num_episodes,
            batch_size,
        )
    return Measurement(
        "accuracy",
        "%",
        "N-way K-shot",
        values,
        about=f"{count(num_episodes, 'episode')}, "
        f"{count(samplers[0].queries, 'query')} of each class",
    )


def choose_ways(most_ways, num_classes, ways=None):
    """Returns a list of the ways to measure: those given, or the usual ones that are possible.

    Args:
        most_ways: number of classes that the model can distinguish; `None` for any.
        num_classes: number of test classes.
        ways: list of integers. Defaults to `None`: 5 and 20, or else as many as are possible.

    Example:

    >>> choose_ways(most_ways=5, num_classes=30), choose_ways(most_ways=None, num_classes=4)
    ([5], [4])
    """
    most = num_classes if most_ways is None else min(most_ways, num_classes)
    return ways or [usual for usual in WAYS if usual <= most] or [most]


def check_ways(ways, most_ways, num_classes):
    """Raises a `UserError` for more ways than a model can distinguish, or than there are classes.

    Args:
        ways: number of classes in an episode.
        most_ways: number of classes that the model can distinguish; `None` for any.
        num_classes: number of test classes.
    """
    if most_ways is not None and ways > most_ways:
        raise UserError(
            f"--ways={ways}: this model can distinguish at most {count(most_ways, 'class')}. Give "
            f"fewer, or train one with --config.task.ways={ways}."
        )
    if ways > num_classes:
        raise UserError(
            f"--ways={ways} is more than the number of test classes, {num_classes}. Give fewer."
        )


def choose_shots_and_queries(drawings, shots=None, queries=None):
    """Returns the shots and the queries of a class to measure: those given, or those that fit.

    It prints a line for each usual number of shots that does not fit.

    Args:
        drawings: number of drawings that every class has.
        shots: list of integers. Defaults to `None`: 1 and 5.
        queries: integer. Defaults to `None`: 15, or as many as are left.

    Example:

    >>> choose_shots_and_queries(drawings=8)
    ([1, 5], 3)
    >>> choose_shots_and_queries(drawings=5)
    Not measured: 5-shot, which takes 6 drawings of a class or more, where there are 5.
    ([1], 4)
    """
    if not shots:
        least = queries or 1
        # The first is always measured: too few drawings for it must be an error.
        shots = [number for number in SHOTS if number + least <= drawings] or [SHOTS[0]]
        for number in SHOTS[len(shots) :]:
            print(
                f"Not measured: {number}-shot, which takes {number + least} drawings of a class "
                f"or more, where there are {drawings}."
            )
    return shots, queries or max(1, min(QUERIES, drawings - max(shots)))


def measure_accuracy(predictor, episode):
    """Returns the percentage of right answers in each episode of a batch, `(batch,)`.

    Args:
        predictor: one of `mann.models.predictors`.
        episode: `episodes.Episode`, a batch of them.
    """
    ways = episode.class_indices.shape[-1]
    scores = predictor.score(
        episode.support.images, episode.support.labels, episode.query.images, ways
    )
    return 100 * np.mean(scores.argmax(axis=-1) == episode.query.labels, axis=1)
