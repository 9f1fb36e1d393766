"""Properties of every sampler: one protocol, and streams that never change."""

import numpy as np
import pytest

from episodes import FewShotDataset, FewShotSampler, FunctionSampler, SequenceSampler, graphs
from episodes.algorithmic import Copy, Parentheses, TaskSampler
from episodes.text import TextStream

DATASET = FewShotDataset(np.arange(6 * 2, dtype=np.uint8).reshape(6, 2, 1, 1), "abcdef")
SAMPLERS = {
    "sequence": lambda seed=0: SequenceSampler(DATASET, 3, 2, seed),
    "consecutive": lambda seed=0: SequenceSampler(DATASET, 3, 2, seed, consecutive=2),
    "few_shot": lambda seed=0: FewShotSampler(DATASET, 3, 1, 1, seed),
    "functions": lambda seed=0: FunctionSampler(num_points=5, seed=seed),
    "copy": lambda seed=0: TaskSampler(Copy(bits=2, length=(3, 9)), seed),
    "parentheses": lambda seed=0: TaskSampler(Parentheses(), seed),
    "graphs": lambda seed=0: TaskSampler(graphs.ShortestPath([(3, 1, 1), (5, 2, 2)]), seed),
}


@pytest.fixture(params=SAMPLERS)
def make(request):
    return SAMPLERS[request.param]


def arrays(batch):
    if not hasattr(batch, "_fields"):
        return [np.asarray(batch)]
    return [array for part in batch for array in arrays(part)]


def assert_same(batch, other):
    for array, expected in zip(batch, other, strict=True):
        assert array.dtype == expected.dtype
        # The sums of matrix products may differ in their last bits between sizes of a batch.
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(array, expected)


def test_an_example_is_the_same_in_any_batch(make):
    whole = arrays(make().batch(5, 6))
    assert {len(array) for array in whole} == {6}
    assert_same(arrays(make().batch(9, 2)), [array[4:] for array in whole])
    assert_same(arrays(make()[7]), [array[2] for array in whole])
    assert_same(arrays(make().batch(np.int64(5), np.int32(6))), whole)


def test_examples_and_seeds_differ(make):
    def drawn(seed, first):
        return make(seed).batch(first, 8)

    for other in (drawn(0, 8), drawn(0, 10**15), drawn(1, 0), drawn((0, 0), 0)):
        pairs = zip(arrays(other), arrays(drawn(0, 0)), strict=True)
        assert any((one != two).any() for one, two in pairs)


def test_all_batches_have_one_shape(make):
    shapes = {tuple(array.shape for array in arrays(make().batch(i, 1))) for i in range(20)}
    assert len(shapes) == 1


def test_there_is_no_end_to_iterate_to(make):
    with pytest.raises(TypeError, match="has no end to iterate to: take .* episodes.numpy_batches"):
        list(make())


@pytest.mark.parametrize(
    "first, batch_size, message",
    [
        (-1, 1, "`first` must be an integer of 0 or more. Received: -1"),
        (0.5, 1, "`first` must be an integer of 0 or more. Received: 0.5"),
        (slice(3), 1, "`first` must be an integer.*slice"),
        (0, 0, "`batch_size` must be an integer of 1 or more. Received: 0"),
        (0, -2, "`batch_size` must be an integer of 1 or more. Received: -2"),
        (0, 2.5, "`batch_size` must be an integer of 1 or more. Received: 2.5"),
        (0, "4", "`batch_size` must be an integer of 1 or more. Received: '4'"),
    ],
)
def test_batches_that_are_none(make, first, batch_size, message):
    with pytest.raises(ValueError, match=message):
        make().batch(first, batch_size)


@pytest.mark.parametrize("seed", [-1, None, 0.5, "a", (0, -1), (), (0, (1, 2)), True])
def test_seeds_that_are_none(make, seed):
    with pytest.raises(ValueError, match="`seed` must be a non-negative integer or a tuple"):
        make(seed)


@pytest.mark.parametrize(
    "seed, labels, classes, values, bits, places",
    [
        (0, [0, 0, 2, 1, 1, 2], [3, 1, 4], [0.5551, 1.1911, 0.5321], [2, 1, 3], [44, 28, 32]),
        ((0, 5), [2, 1, 2, 0, 1, 0], [5, 2, 1], [0.0802, 1.6692, 0.6582], [1, 0, 3], [36, 32, 8]),
        (
            [3, 2**70],
            [1, 1, 2, 0, 0, 2],
            [0, 1, 2],
            [1.4979, 1.9620, 1.1371],
            [2, 3, 2],
            [48, 36, 20],
        ),
    ],
)
def test_streams_are_those_of_earlier_versions(seed, labels, classes, values, bits, places):
    """Of this package, and of NumPy: it refuses since 2.5 what it took for seeds before."""
    assert SequenceSampler(DATASET, 3, 2, seed)[1000].targets.tolist() == labels
    assert FewShotSampler(DATASET, 3, 1, 1, seed)[5].class_indices.tolist() == classes
    targets = FunctionSampler(seed=seed)[5].targets[:3]
    np.testing.assert_allclose(targets, values, atol=1e-4)
    targets = TaskSampler(Copy(bits=2, length=(3, 3)), seed)[7].targets
    assert (targets[4:] @ [2, 1]).tolist() == bits
    stream = TextStream([np.arange(50)], 2, 4, seed)
    assert [stream[step].characters[0, 0] for step in (0, 7, 20)] == places


def test_samplers_have_the_same_defaults_for_the_same_things(coded):
    few_shot, sequences = FewShotSampler(coded.dataset()), SequenceSampler(coded.dataset())
    assert (few_shot.ways, few_shot.shots, few_shot.queries) == (5, 1, 5)
    assert (sequences.ways, sequences.instances) == (5, 10)
    for code in (coded.read(few_shot[0].query.images), coded.read(sequences[0].inputs)):
        assert not code.rotations.any()
