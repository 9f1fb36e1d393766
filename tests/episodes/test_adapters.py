"""Tests of episodes/adapters.py: the same batches through every adapter."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from episodes import FunctionSampler, algorithmic, graphs, text
from episodes.adapters import numpy_batches, py_dataset, tf_dataset, torch_dataset
from episodes.few_shot import FewShotSampler
from episodes.frozen import FrozenEpisodes, freeze_episodes
from episodes.sequence import SequenceSampler

SAMPLERS = {
    "sequence": lambda dataset: SequenceSampler(dataset, ways=3, instances=2, seed=1),
    "few_shot": lambda dataset: FewShotSampler(dataset, ways=3, shots=2, queries=1, seed=1),
    "functions": lambda _: FunctionSampler(num_points=5, seed=1),
    "copy": lambda _: algorithmic.TaskSampler(algorithmic.Copy(bits=3, length=(1, 9)), seed=1),
    "graphs": lambda _: algorithmic.TaskSampler(graphs.Traversal([(3, 1, 1), (5, 2, 2)]), seed=1),
}


@pytest.fixture(params=[*SAMPLERS, "frozen"])
def sampler(request, coded, tmp_path):
    if request.param != "frozen":
        return SAMPLERS[request.param](coded.dataset())
    freeze_episodes(SAMPLERS["few_shot"](coded.dataset()), 20, tmp_path / "frozen.npz")
    return FrozenEpisodes(tmp_path / "frozen.npz")


def leaves(batches):
    return [np.asarray(leaf) for batch in batches for part in batch for leaf in flat(part)]


def flat(part):
    return part.values() if isinstance(part, dict) else [part]


def assert_same(batches, expected):
    batches, expected = leaves(batches), leaves(expected)
    assert len(batches) == len(expected) > 0
    for one, other in zip(batches, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_batches_are_the_examples_in_order_with_their_weights(sampler):
    batches = list(numpy_batches(sampler, 4, num_batches=3, first=2))
    (whole,) = numpy_batches(sampler, 12, num_batches=1, first=2)
    joined = zip(*(leaves([batch]) for batch in batches), strict=True)
    for array, parts in zip(leaves([whole]), joined, strict=True):
        np.testing.assert_array_equal(array, np.concatenate(parts))
    weights = getattr(sampler.batch(2, 12), "weights", None)
    assert len(whole) == (2 if weights is None else 3)
    if weights is not None:
        np.testing.assert_array_equal(whole[2], weights)
        assert set(np.unique(weights)) == {0, 1}


def test_numpy_batches_end_with_the_sampler_or_never(sampler):
    if not hasattr(sampler, "__len__"):
        endless = numpy_batches(sampler, 4, first=2)
        expected = list(numpy_batches(sampler, 4, num_batches=3, first=2))
        assert_same([next(endless) for _ in range(3)], expected)
        return
    assert len(list(numpy_batches(sampler, 4, first=2))) == 4
    assert len(torch_dataset(sampler, 4, first=2)) == 4
    with pytest.raises(ValueError, match="`batch_size` must be at most .*, 20.*Received: 30"):
        numpy_batches(sampler, 30)
    with pytest.raises(ValueError, match="`num_batches` must be at most 4.*Received: 5"):
        numpy_batches(sampler, 4, num_batches=5, first=2)


def test_tensorflow_gets_the_same_batches(sampler):
    pytest.importorskip("tensorflow")
    dataset = tf_dataset(sampler, 4, num_batches=3, first=2)
    assert len(dataset) == 3
    assert_same(list(dataset), numpy_batches(sampler, 4, num_batches=3, first=2))
    if hasattr(sampler, "__len__"):
        assert len(tf_dataset(sampler, 4, first=2)) == 4


def test_tensorflow_takes_sequences_of_any_length():
    tf = pytest.importorskip("tensorflow")

    class Growing:
        """Sequences of a step more in each batch, with a number beside each of them."""

        def batch(self, first, batch_size):
            length = 2 + first // batch_size
            return np.ones((batch_size, length, 3)), np.arange(first, first + batch_size)

    arguments = {"batch_size": 4, "num_batches": 3, "transform": lambda batch: batch}
    dataset = tf_dataset(Growing(), any_length=True, **arguments)
    assert_same(list(dataset), numpy_batches(Growing(), **arguments))
    with pytest.raises(tf.errors.InvalidArgumentError):
        list(tf_dataset(Growing(), **arguments))


@pytest.mark.parametrize("workers", [1, 3])
def test_keras_gets_the_same_batches(sampler, workers):
    pytest.importorskip("keras")
    batches = py_dataset(sampler, 4, num_batches=3, first=2, workers=workers)
    assert len(batches) == 3
    # A loop over them ends.
    assert_same(list(batches), numpy_batches(sampler, 4, num_batches=3, first=2))


def test_pytorch_gets_the_same_batches_from_its_workers(sampler):
    data = pytest.importorskip("torch.utils.data")
    dataset = torch_dataset(sampler, 4, num_batches=3, first=2)
    loader = data.DataLoader(dataset, batch_size=None, num_workers=2)
    assert len(loader) == 3
    expected = list(numpy_batches(sampler, 4, num_batches=3, first=2))
    for array, other in zip(leaves(loader), leaves(expected), strict=True):
        np.testing.assert_array_equal(array, other)
        assert array.dtype == (np.int64 if other.dtype == np.int32 else np.float32)
    # Workers that do not fork are sent it.
    assert_same(list(pickle.loads(pickle.dumps(dataset))), list(dataset))


def test_pytorch_trains_on_the_labels(coded):
    torch = pytest.importorskip("torch")
    dataset = torch_dataset(SAMPLERS["sequence"](coded.dataset()), 4, num_batches=2)
    for inputs, targets in torch.utils.data.DataLoader(dataset, batch_size=None, shuffle=True):
        logits = torch.nn.Linear(inputs.shape[-1], 3)(inputs)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        assert 0 < loss.item() < 5


def test_transformed_batches_keep_their_type_for_pytorch(coded):
    sampler = SAMPLERS["few_shot"](coded.dataset())
    (episode,) = torch_dataset(sampler, 4, 1, transform=lambda batch: batch)
    assert episode.query.labels.dtype == np.int64
    assert episode.class_names == sampler.batch(0, 4).class_names


def test_support_labels_are_one_hot(coded):
    sampler = FewShotSampler(coded.dataset(), ways=3, shots=2, queries=1)
    inputs, targets = next(numpy_batches(sampler, 4))
    assert inputs["support_labels"].shape == (4, 6, 3)
    np.testing.assert_array_equal(
        inputs["support_labels"].argmax(-1), sampler.batch(0, 4).support.labels
    )
    np.testing.assert_array_equal(targets, sampler.batch(0, 4).query.labels)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("name", ["sequence", "copy"])
def test_keras_trains_on_the_same_batches_with_any_number_of_workers(coded, name, workers):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    losses = []
    for adapter, arguments in ((py_dataset, {"workers": workers}), (tf_dataset, {})):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Dense(3)])
        loss = {
            "sequence": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "copy": keras.losses.BinaryCrossentropy(from_logits=True),
        }
        model.compile(keras.optimizers.SGD(0.1), loss[name])
        batches = adapter(SAMPLERS[name](coded.dataset()), 4, num_batches=6, **arguments)
        losses.append(model.fit(batches, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1]


@pytest.mark.parametrize("adapter", [numpy_batches, tf_dataset, py_dataset, torch_dataset])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"batch_size": 0}, "`batch_size` must be an integer of 1 or more. Received: 0"),
        ({"batch_size": 2.5}, "`batch_size` must be an integer of 1 or more. Received: 2.5"),
        ({"num_batches": 0}, "`num_batches` must be an integer of 1 or more. Received: 0"),
        ({"first": -1}, "`first` must be an integer of 0 or more. Received: -1"),
        (
            {"sampler": text.TextStream([np.arange(9)], 2, 2)},
            r"`sampler` must have a method batch\(first, batch_size\).*Received: TextStream",
        ),
    ],
)
def test_wrong_arguments(adapter, arguments, message):
    if adapter is tf_dataset:
        pytest.importorskip("tensorflow")
    if adapter is py_dataset:
        pytest.importorskip("keras")
    arguments = {"sampler": FunctionSampler(), "batch_size": 2, "num_batches": 1} | arguments
    with pytest.raises(ValueError, match=message):
        adapter(**arguments)


def test_an_epoch_has_a_length():
    with pytest.raises(ValueError, match="`num_batches` must be given: FunctionSampler has no end"):
        torch_dataset(FunctionSampler(), 4)


def test_importing_episodes_imports_no_framework():
    code = (
        "import sys, episodes; episodes.graphs.Traversal; "
        "frameworks = 'tensorflow', 'keras', 'jax', 'torch', 'networkx', 'matplotlib'; "
        "print([name for name in frameworks if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
