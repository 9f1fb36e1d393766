"""Tests of episodes/adapters.py: one stream of batches, whichever way it is taken."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from episodes.adapters import numpy_batches, py_dataset, tf_dataset
from episodes.few_shot import FewShotSampler
from episodes.frozen import FrozenEpisodes, freeze_episodes
from episodes.sequence import SequenceSampler


@pytest.fixture(params=["sequence", "few_shot", "frozen"])
def sampler(request, coded, tmp_path):
    if request.param == "sequence":
        return SequenceSampler(coded.dataset(), ways=3, instances=2, seed=1)
    few_shot = FewShotSampler(coded.dataset(), ways=3, shots=2, queries=1, seed=1)
    if request.param == "few_shot":
        return few_shot
    freeze_episodes(few_shot, 20, tmp_path / "frozen.npz")
    return FrozenEpisodes(tmp_path / "frozen.npz")


def leaves(batches):
    return [
        np.asarray(leaf) for inputs, targets in batches for leaf in (*flat(inputs), *flat(targets))
    ]


def flat(part):
    return part.values() if isinstance(part, dict) else [part]


def assert_same(batches, expected):
    batches, expected = leaves(batches), leaves(expected)
    assert len(batches) == len(expected) > 0
    for one, other in zip(batches, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_all_adapters_give_the_same_batches(sampler):
    expected = list(numpy_batches(sampler, 4, num_batches=3, first=2))
    dataset = tf_dataset(sampler, 4, num_batches=3, first=2)
    assert len(dataset) == 3
    assert_same(list(dataset), expected)
    for workers in (1, 3):
        batches = py_dataset(sampler, 4, num_batches=3, first=2, workers=workers)
        assert_same([batches[i] for i in range(len(batches))], expected)
    if hasattr(sampler, "__len__"):
        assert len(list(numpy_batches(sampler, 4, first=2))) == 4
        assert len(tf_dataset(sampler, 4, first=2)) == 4
        with pytest.raises(ValueError, match="`batch_size` must be at most the 20.*Received: 30"):
            numpy_batches(sampler, 30)
        return
    endless = numpy_batches(sampler, 4, first=2)
    assert_same([next(endless) for _ in range(3)], expected)


def test_support_labels_are_one_hot(coded):
    sampler = FewShotSampler(coded.dataset(), ways=3, shots=2, queries=1)
    inputs, targets = next(numpy_batches(sampler, 4))
    assert inputs["support_labels"].shape == (4, 6, 3)
    np.testing.assert_array_equal(
        inputs["support_labels"].argmax(-1), sampler.batch(0, 4).support.labels
    )
    np.testing.assert_array_equal(targets, sampler.batch(0, 4).query.labels)


@pytest.mark.parametrize("workers", [1, 4])
def test_keras_trains_on_the_same_batches_with_any_number_of_workers(coded, workers):
    sampler = SequenceSampler(coded.dataset(), ways=3, instances=2, seed=1)
    losses = []
    for batches in (
        py_dataset(sampler, 4, num_batches=6, workers=workers),
        tf_dataset(sampler, 4, num_batches=6),
    ):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Dense(3)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss)
        losses.append(model.fit(batches, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_importing_episodes_imports_no_framework():
    code = (
        "import sys, episodes; frameworks = 'tensorflow', 'keras', 'jax', 'PIL', 'matplotlib'; "
        "print([name for name in frameworks if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
