"""How a few-shot model is measured: by instance, N-way K-shot, or on Lake's one-shot runs."""

import numpy as np

import episodes
from mann.evaluation.measurement import Measurement, over_batches
from mann.evaluation.published import SANTORO_INSTANCES
from mann_config.errors import UserError

PROTOCOLS = ("instance", "nway", "lake_runs")
# Of N-way K-shot, where classes have enough drawings.
SHOTS, QUERIES = (1, 5), 15


def checked(options, default):
    """Returns a dict of all options of few-shot measures, those that are not given `None`.

    Args:
        options: dict, as `Task.evaluate` takes it.
        default: the protocol to measure by where none is asked for.

    Raises:
        UserError: if there is no such protocol, or an option is of another one.
    """
    names = ("ways", "shots", "queries", "runs_zip")
    asked = {name: options.get(name) for name in names}
    asked["protocol"] = list(dict.fromkeys(options.get("protocol", [default])))
    if not asked["protocol"]:
        raise UserError(f"--protocol is empty: give one or more of {','.join(PROTOCOLS)}.")
    for protocol in asked["protocol"]:
        if protocol not in PROTOCOLS:
            raise UserError(
                f"--protocol={protocol} is unknown: it is one or more of {','.join(PROTOCOLS)}."
            )
    for option, protocol in (("shots", "nway"), ("queries", "nway"), ("runs_zip", "lake_runs")):
        if option in options and protocol not in asked["protocol"]:
            raise UserError(
                f"--{option} says how to measure with --protocol={protocol}: add it, or leave the "
                "option out."
            )
    if "lake_runs" in asked["protocol"] and asked["runs_zip"] is None:
        raise UserError(
            "--protocol=lake_runs needs --runs_zip: the path of all_runs.zip, from "
            "github.com/brendenlake/omniglot, python/one-shot-classification."
        )
    return asked


def by_instance(predictor, sampler, num_episodes, batch_size):
    """Returns the accuracy at the k-th drawing of a class in an episode, a `Measurement`.

    Where episodes follow each other in one sequence, each counts as one.

    Args:
        predictor: one of `mann.models.predictors`.
        sampler: an `episodes.SequenceSampler`.
        num_episodes: how many episodes.
        batch_size: sequences at a time.
    """

    def measure(first):
        batch = sampler.batch(first, batch_size)
        answers = predictor.predictions(batch, sampler.dataset.image_shape, sampler.ways)
        return *(_one_number(part) for part in (answers, batch.targets)), batch.instances

    steps = sampler.ways * sampler.instances
    sequences = -(-num_episodes // sampler.consecutive)
    parts = over_batches(measure, sequences, batch_size)
    values = accuracy_by_instance(*(part.reshape(-1, steps)[:num_episodes] for part in parts))
    return Measurement(
        "accuracy",
        "%",
        "instance",
        values,
        about=f"{num_episodes:,} episodes of {sampler.ways} ways",
        shown=tuple(k for k in SANTORO_INSTANCES if k in values),
    )


def accuracy_by_instance(predictions, targets, instances):
    """Returns how many of the k-th drawings of episodes were recognised, for each k.

    The drawings of one episode share their classes, so that they are not independent trials: what
    is counted is episodes.

    Args:
        predictions: int array of shape `(episodes, time)`.
        targets: int array of shape `(episodes, time)`.
        instances: int array of shape `(episodes, time)`, 1 for the first drawing of a class.

    Returns:
        Dict from k to the percents of each episode, `(episodes,)`.

    Example:

    >>> predictions, targets = np.array([[0, 1, 1]]), np.array([[0, 1, 0]])
    >>> accuracy_by_instance(predictions, targets, instances=np.array([[1, 1, 2]]))
    {1: array([100.]), 2: array([0.])}
    """
    right = predictions == targets
    return {
        k: 100 * np.sum(right & (instances == k), axis=1) / np.sum(instances == k, axis=1)
        for k in range(1, instances.max() + 1)
    }


def _one_number(labels):
    # A string is right if all of its letters are.
    return labels @ (10 ** np.arange(labels.shape[-1])) if labels.ndim == 3 else labels


def nway(predictor, samplers, num_episodes, images_at_once=1600):
    """Returns the accuracy on N-way K-shot episodes, a `Measurement`.

    Args:
        predictor: one of `mann.models.predictors`.
        samplers: list of `episodes.FewShotSampler`, one for each number of ways and shots.
        num_episodes: how many episodes of each.
        images_at_once: about how many images the model is shown at a time. Defaults to 1600.
    """
    values = {}
    for sampler in samplers:
        images = sampler.ways * (sampler.shots + sampler.queries)
        batch_size = max(1, min(num_episodes, images_at_once // images))
        (values[f"{sampler.ways}-way {sampler.shots}-shot"],) = over_batches(
            lambda first, s=sampler, size=batch_size: (_right(predictor, s.batch(first, size)),),
            num_episodes,
            batch_size,
        )
    return Measurement(
        "accuracy",
        "%",
        "N-way K-shot",
        values,
        about=f"{num_episodes:,} episodes, {samplers[0].queries} queries of each class",
    )


def shots_and_queries(drawings, shots=None, queries=None):
    """Returns the shots, and the queries a class, to measure: those asked for, or what fits.

    What is usually measured and does not fit is named in a printed line.

    Args:
        drawings: how many every class has.
        shots: list of integers. Defaults to `None`: 1 and 5.
        queries: Defaults to `None`: 15, or as many as are left.

    Example:

    >>> shots_and_queries(drawings=8)
    ([1, 5], 3)
    >>> shots_and_queries(drawings=5)
    Not measured: 5-shot, which takes 6 drawings of a class or more, where there are 5.
    ([1], 4)
    """
    if not shots:
        least = queries or 1
        # The first is always asked for: who has too few drawings for it is to be told so.
        shots = [number for number in SHOTS if number + least <= drawings] or [SHOTS[0]]
        for number in SHOTS[len(shots) :]:
            print(
                f"Not measured: {number}-shot, which takes {number + least} drawings of a class "
                f"or more, where there are {drawings}."
            )
    return shots, queries or max(1, min(QUERIES, drawings - max(shots)))


def lake_runs(predictor, path, image_size, known=frozenset()):
    """Returns the accuracy on the runs of Lake's `all_runs.zip`, and how much of them was known.

    Args:
        predictor: one of `mann.models.predictors`.
        path: of the zip file, or of the folder it was unpacked to.
        image_size: side of the images that the model takes.
        known: hashes of the drawings of that size that the model was trained on, as
            `episodes.FewShotDataset.drawing_hashes` returns them. Defaults to none.

    Returns:
        Tuple of a `Measurement` and the share of the runs' drawings that are known, in [0, 1].

    Raises:
        DataError: if the file cannot serve.
        ValueError: if the model cannot tell so many classes apart.
    """
    runs = episodes.load_lake_runs(path, image_size)
    ways = max(len(run.class_indices) for run in runs)
    if predictor.most_ways is not None and ways > predictor.most_ways:
        raise ValueError(
            f"--protocol=lake_runs: the runs have {ways} classes, and this model tells at most "
            f"{predictor.most_ways} apart; train one with --config.task.ways={ways}."
        )
    per_run = []
    for run in runs:
        support, query = (type(part)(*(a[None] for a in part)) for part in (run.support, run.query))
        batch = run._replace(support=support, query=query, class_indices=run.class_indices[None])
        per_run.append(_right(predictor, batch)[0])
    measured = Measurement(
        "accuracy",
        "%",
        "Lake's runs",
        {f"{ways}-way 1-shot": np.array(per_run)},
        about=f"{len(runs)} runs within one alphabet, {len(runs[0].query.labels)} queries each",
    )
    return measured, known_share(runs, known)


def why_no_result(model, task, known):
    """Returns why an accuracy on Lake's runs is no result, `None` if it is one.

    Args:
        model: the measured model.
        task: the `task` part of the config that it was trained with.
        known: share of the runs' drawings that it was trained on.
    """
    mend = "train one with --config.task.split=lake"
    if known:
        # One drawing of many is not none.
        percent = max(1, round(100 * known))
        return f"{percent} % of their drawings are training drawings of this model; {mend}"
    # Copies of the drawings that were edited are not known by their pixels.
    split = task.get("split", "lake")
    if model.weights and split != "lake":
        return (
            "only the background set may be learned from before Lake's runs, and this model "
            f"learned from --config.task.split={split}; {mend}"
        )
    return None


def known_share(runs, known):
    """Returns the share of the drawings of runs that are among the known ones, in [0, 1].

    Args:
        runs: list of `episodes.Episode`, each without a batch axis.
        known: set of hashes, as `episodes.FewShotDataset.drawing_hashes` returns them.

    Example:

    >>> drawings = episodes.generate_characters(9, num_drawings=2, image_size=12)
    >>> runs = [episodes.FewShotSampler(drawings, ways=9, queries=1)[0]]
    >>> known_share(runs, drawings.select([0, 1, 2]).drawing_hashes()) == 1 / 3
    True
    """
    images = [part.images for run in runs for part in (run.support, run.query)]
    # Back to the whole numbers that drawings of a data set are hashed as.
    pixels = np.rint(255 * np.concatenate(images)).astype(np.uint8)
    drawings = episodes.FewShotDataset(pixels[None], ["any"]).drawing_hashes()
    return len(drawings & known) / len(drawings)


def _right(predictor, episode):
    """Returns the percents of queries answered right in each episode of a batch."""
    ways = episode.class_indices.shape[-1]
    scores = predictor.scores(
        episode.support.images, episode.support.labels, episode.query.images, ways
    )
    return 100 * np.mean(scores.argmax(axis=-1) == episode.query.labels, axis=1)
