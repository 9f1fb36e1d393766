"""Measures few-shot models on the 20 one-shot runs of Lake, and says where that is no result."""

import numpy as np

import episodes
from mann.evaluation.few_shot_protocols import measure_accuracy
from mann.evaluation.measurement import Measurement


def measure_runs(predictor, path, image_size, known=frozenset()):
    """Returns the accuracy on the runs of Lake's `all_runs.zip`, and the known share of them.

    Args:
        predictor: one of `mann.models.predictors`.
        path: path of the zip file, or of the folder it was unpacked to.
        image_size: side of the images that the model takes.
        known: hashes of the drawings of that size that the model was trained on, as
            `episodes.FewShotDataset.drawing_hashes` returns them. Defaults to none.

    Returns:
        Tuple of a `Measurement` and the share of the runs' drawings that are known, in [0, 1].

    Raises:
        DataError: if the file cannot be used.
        ValueError: if the model cannot distinguish so many classes.
    """
    runs = episodes.load_lake_runs(path, image_size)
    ways = max(len(run.class_indices) for run in runs)
    if predictor.most_ways is not None and ways > predictor.most_ways:
        raise ValueError(
            f"--protocol=lake_runs: the runs have {ways} classes, and this model can distinguish "
            f"at most {predictor.most_ways}; train one with --config.task.ways={ways}."
        )
    per_run = []
    for run in runs:
        support, query = (type(part)(*(a[None] for a in part)) for part in (run.support, run.query))
        batch = run._replace(support=support, query=query, class_indices=run.class_indices[None])
        per_run.append(measure_accuracy(predictor, batch)[0])
    measured = Measurement(
        "accuracy",
        "%",
        "Lake's runs",
        {f"{ways}-way 1-shot": np.array(per_run)},
        about=f"{len(runs)} runs within one alphabet, {len(runs[0].query.labels)} queries each",
    )
    return measured, compute_known_share(runs, known)


def explain_no_result(model, task, known):
    """Returns why an accuracy on Lake's runs is not a valid result, or `None` if it is valid.

    Args:
        model: the measured model.
        task: the `task` part of the config that it was trained with.
        known: share of the runs' drawings that it was trained on.
    """
    mend = "train one with --config=omniglot --config.task.split=lake"
    if known:
        # A single known drawing must not round to 0 %.
        percent = max(1, round(100 * known))
        return f"{percent} % of their drawings are training drawings of this model; {mend}"
    # Edited copies of the drawings are not recognised by their pixels: the data decide as well.
    # Characters that are invented have no split.
    if not model.weights or "split" not in task:
        return None
    learned = f"--config.task.split={task.split}"
    if task.name != "omniglot":
        learned = f"images that may hold more of Omniglot, --config.task.name={task.name}"
    elif task.split == "lake":
        return None
    return (
        "only the background set may be learned from before Lake's runs, and this model learned "
        f"from {learned}; {mend}"
    )


def compute_known_share(runs, known):
    """Returns the share of the drawings of runs that are among the known ones, in [0, 1].

    Args:
        runs: list of `episodes.Episode`, each without a batch axis.
        known: set of hashes, as `episodes.FewShotDataset.drawing_hashes` returns them.

    Example:

    >>> drawings = episodes.generate_characters(9, num_drawings=2, image_size=12)
    >>> runs = [episodes.FewShotSampler(drawings, ways=9, queries=1)[0]]
    >>> compute_known_share(runs, drawings.select([0, 1, 2]).drawing_hashes()) == 1 / 3
    True
    """
    images = [part.images for run in runs for part in (run.support, run.query)]
    # Back to the integers by which drawings of a data set are hashed.
    pixels = np.rint(255 * np.concatenate(images)).astype(np.uint8)
    drawings = episodes.FewShotDataset(pixels[None], ["any"]).drawing_hashes()
    return len(drawings & known) / len(drawings)
