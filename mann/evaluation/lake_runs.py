"""Measures few-shot models within one alphabet, on Lake's runs or on others that are made alike.

It also says where that is no result, as the model has seen their drawings.
"""

import numpy as np

import episodes
from episodes.wording import count
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
    _check_ways(predictor, ways, "lake_runs")
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


def measure_alphabets(predictor, image_size, ways=20, draws=20, seed=0, known=frozenset()):
    """Returns the accuracy on runs within each evaluation alphabet, made by the rule of Lake's.

    Args:
        predictor: one of `mann.models.predictors`.
        image_size: side of the images that the model takes.
        ways: number of characters of a run. Defaults to `20`.
        draws: number of runs of each alphabet. Defaults to `20`.
        seed: seed of the runs, as `episodes.draw_alphabet_runs` takes it. Defaults to `0`.
        known: as `measure_runs` takes it. Defaults to none.

    Returns:
        Tuple of a `Measurement` over all runs, one by alphabet, and the share of the drawings that
        are known, in [0, 1].

    Raises:
        DataError: if Omniglot cannot be read.
        ValueError: if the model cannot distinguish so many classes, or no alphabet has so many.
    """
    _check_ways(predictor, ways, "within_alphabet")
    alphabets = episodes.load_omniglot(image_size, "lake").test
    runs = episodes.draw_alphabet_runs(alphabets, episodes.load_drawers(), ways, draws, seed)
    values = {name: measure_accuracy(predictor, batch) for name, batch in runs.items()}
    about = (
        f"{count(draws, 'run')} within each of {count(len(runs), 'alphabet')}, made as Lake's but "
        "not the official ones"
    )
    condition = f"{ways}-way 1-shot"
    overall = {condition: np.concatenate(list(values.values()))}
    measured = Measurement("accuracy", "%", "within an alphabet", overall, about=about)
    by_alphabet = Measurement("accuracy", "%", "alphabet", values, about=f"{condition}, {about}")
    return measured, by_alphabet, compute_known_share(runs.values(), known)


def _check_ways(predictor, ways, protocol):
    if predictor.most_ways is not None and ways > predictor.most_ways:
        raise ValueError(
            f"--protocol={protocol}: the runs have {ways} classes, and this model can distinguish "
            f"at most {predictor.most_ways}; train one with --config.task.ways={ways}."
        )


def explain_no_result(model, task, known):
    """Returns why an accuracy on runs of Lake's kind is no valid result, or `None` if it is one.

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
        runs: `episodes.Episode`s of grey drawings, each of one run or of a batch of them.
        known: set of hashes, as `episodes.FewShotDataset.drawing_hashes` returns them.

    Example:

    >>> drawings = episodes.generate_characters(9, num_drawings=2, image_size=12)
    >>> runs = [episodes.FewShotSampler(drawings, ways=9, queries=1)[0]]
    >>> compute_known_share(runs, drawings.select([0, 1, 2]).drawing_hashes()) == 1 / 3
    True
    """
    images = [part.images for run in runs for part in (run.support, run.query)]
    images = [part.reshape(-1, *part.shape[-2:]) for part in images]
    # Back to the integers by which drawings of a data set are hashed.
    pixels = np.rint(255 * np.concatenate(images)).astype(np.uint8)
    drawings = episodes.FewShotDataset(pixels[None], ["any"]).drawing_hashes()
    return len(drawings & known) / len(drawings)
