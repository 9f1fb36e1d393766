"""Measures an encoder on one long stream of drawings, with one memory that is never wiped."""

import numpy as np
from scipy.special import log_softmax

from episodes.wording import count
from mann.evaluation.few_shot_protocols import compute_accuracy_by_instance
from mann.evaluation.measurement import Measurement

# What a similarity is multiplied by, to make a probability of it.
STRENGTH = 20.0
# From the way of writing to the surprise above which a drawing gets a slot of its own, in nats.
# Strength and threshold were chosen on the 100 validation classes of Omniglot, where all thresholds
# from 2 to 3 gave the same accuracy, and the highest of them the fewest slots.
ALWAYS, ON_SURPRISE = "every drawing", "on surprise"
THRESHOLDS = {ALWAYS: -np.inf, ON_SURPRISE: 3.0}


def answer_stream(features, labels, threshold):
    """Answers drawings that come one by one, and remembers each after it was answered.

    A slot of the memory has a label and a direction. A drawing is answered with the label of the
    most similar slot. If its own label surprises, it is written to a slot of its own; else it is
    averaged into the most similar slot of its label.

    Args:
        features: directions of the drawings, `(time, features)`.
        labels: integers `(time,)`, 0 or more.
        threshold: surprise, in nats, above which a drawing gets a slot of its own; `-np.inf` for
            every drawing.

    Returns:
        Tuple of the answers `(time,)`, -1 as long as the memory is empty, and the number of slots.

    Example:

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.8, 0.6]])
    >>> answer_stream(features, labels=np.array([5, 7, 7, 7]), threshold=2.0)
    (array([-1,  5,  7,  7]), 2)
    """
    sums, directions = np.zeros_like(features), np.zeros_like(features)
    slot_labels = np.zeros(len(labels), np.int64)
    answers = np.full(len(labels), -1)
    used = 0
    for time, (feature, label) in enumerate(zip(features, labels, strict=True)):
        similarities, known = directions[:used] @ feature, slot_labels[:used]
        if used:
            answers[time] = known[similarities.argmax()]
        if compute_surprise(similarities, known, label) > threshold:
            slot, slot_labels[used] = used, label
            used += 1
        else:
            slot = np.where(known == label, similarities, -np.inf).argmax()
        sums[slot] += feature
        directions[slot] = sums[slot] / max(np.linalg.norm(sums[slot]), 1e-9)
    return answers, used


def compute_surprise(similarities, slot_labels, label):
    """Returns minus the logarithm of the probability that a memory gives to a label, in nats.

    The probability is a softmax over the labels, of each the similarity of its most similar slot
    times `STRENGTH`. A label without a slot has none, and an infinite surprise.

    Args:
        similarities: of a drawing to each slot, `(slots,)`.
        slot_labels: integers `(slots,)`, 0 or more.
        label: the label of the drawing.

    Reference: Ramalho and Garnelo, "Adaptive posterior learning: few-shot learning with a
    surprise-based memory module", ICLR 2019.

    Example:

    >>> similarities, slot_labels = np.array([0.5, 0.1, 0.5]), np.array([0, 0, 1])
    >>> round(float(compute_surprise(similarities, slot_labels, label=1)), 3)
    0.693
    """
    if label not in slot_labels:
        return np.inf
    best = np.full(slot_labels.max() + 1, -np.inf)
    np.maximum.at(best, slot_labels, similarities)
    return -log_softmax(STRENGTH * best)[label]


def measure_streams(features, sampler, num_draws):
    """Returns the accuracy by instance and at the end of streams, and the slots that they fill.

    Args:
        features: `(classes, drawings, features)`, as `encode_dataset` returns them.
        sampler: an `episodes.index_sampler.IndexSampler`, whose episodes are the streams.
        num_draws: number of streams.

    Returns:
        Three of `Measurement`: the accuracy by instance when written on surprise, with that of
        every drawing beside it; the accuracy on the last drawings, as many as there are classes, by
        the way of writing; and the slots of a class, by the way of writing.
    """
    ways, per_class = sampler.ways, sampler.per_class
    by_instance, last, slots = ({name: [] for name in THRESHOLDS} for _ in range(3))
    for classes, drawings, order in (sampler[draw] for draw in range(num_draws)):
        drawn = features[classes[:, None], drawings].reshape(ways * per_class, -1)[order]
        labels = order // per_class
        instances = number_instances(labels)
        for name, threshold in THRESHOLDS.items():
            answers, used = answer_stream(drawn, labels, threshold)
            by_instance[name].append(
                compute_accuracy_by_instance(answers[None], labels[None], instances[None])
            )
            last[name].append(100 * np.mean((answers == labels)[-ways:]))
            slots[name].append(used / ways)
    values = {
        name: {k: np.concatenate([one[k] for one in each]) for k in range(1, per_class + 1)}
        for name, each in by_instance.items()
    }
    about = f"{count(num_draws, 'stream')} of {count(ways, 'way')}, never wiped, not turned"
    return [
        Measurement(
            "accuracy",
            "%",
            "instance",
            values[ON_SURPRISE],
            {f"with {ALWAYS} kept": {k: round(row.mean(), 1) for k, row in values[ALWAYS].items()}},
            about=f"{about}, written {ON_SURPRISE}",
        ),
        Measurement(
            "accuracy",
            "%",
            "way of writing",
            {name: np.array(percents) for name, percents in last.items()},
            about=f"{about}, the last {count(ways, 'drawing')} of each",
        ),
        Measurement(
            "slots",
            "of a class",
            "way of writing",
            {name: np.array(numbers) for name, numbers in slots.items()},
            about=about,
            higher_is_better=False,
            digits=2,
        ),
    ]


def number_instances(labels):
    """Returns the number of each drawing of a stream among those of its label, from 1 on.

    Example:

    >>> number_instances(np.array([4, 2, 4, 4, 2]))
    array([1, 1, 2, 3, 2])
    """
    by_label = labels.argsort(kind="stable")
    ordered, instances = labels[by_label], np.empty_like(labels)
    instances[by_label] = np.arange(len(labels)) - np.searchsorted(ordered, ordered) + 1
    return instances
