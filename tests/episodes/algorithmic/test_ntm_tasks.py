"""The tasks of the NTM paper, and sort, against answers that are computed independently."""

import numpy as np
import pytest

from episodes import algorithmic


def assert_close_to_chance(hits, chance):
    standard_error = np.sqrt(chance * (1 - chance) / hits.size)
    assert abs(hits.mean() - chance) < 4 * standard_error


def rows(array):
    return [tuple(row) for row in array.astype(int).tolist()]


def sequences(task, count, **levels):
    rng = np.random.default_rng(0)
    return [task.draw(rng, **levels) for _ in range(count)]


@pytest.mark.parametrize("task", [algorithmic.Copy, algorithmic.RepeatCopy])
def test_some_sequences_are_sparse(task):
    levels = {"length": 40, **({"repeats": 1} if task is algorithmic.RepeatCopy else {})}

    def draw_ones(sparse):
        drawn = sequences(task(sparse=sparse), 300, **levels)
        return np.array([inputs[:40, :8].mean() for inputs, _, _ in drawn])

    even, mixed, sparse = map(draw_ones, (0.0, 0.5, 1.0))
    # 320 bits each: one standard deviation is 0.028 at most.
    assert even.min() > 0.37 and even.max() < 0.63
    assert_close_to_chance(mixed < 0.37, 0.5 * np.mean(sparse < 0.37))
    assert abs(sparse.mean() - 0.25) < 0.04 and sparse.min() < 0.02 and sparse.max() > 0.45
    inputs, targets, weights = task(sparse=1.0).draw(np.random.default_rng(1), **levels)
    assert rows(targets[41:81, :8]) == rows(inputs[:40, :8]) and weights[41:81].all()


@pytest.mark.parametrize("sparse", [-0.1, 1.5, True, "0.5", float("nan")])
def test_a_share_of_sparse_sequences_is_a_number_up_to_1(sparse):
    with pytest.raises(ValueError, match="`sparse` must be a number from 0 to 1"):
        algorithmic.Copy(sparse=sparse)


def test_repeat_copy_gives_the_vectors_again_and_again_and_then_the_end_marker():
    for inputs, targets, weights in sequences(
        algorithmic.RepeatCopy(bits=3), 20, length=2, repeats=4
    ):
        assert rows(inputs[:3, 3:4]) == [(0,), (0,), (1,)]
        assert not inputs[:2, 4].any() and not inputs[2, :3].any() and not inputs[3:].any()
        assert rows(targets[3:11, :3]) == 4 * rows(inputs[:2, :3])
        assert rows(targets[:, 3:]) == 11 * [(0,)] + [(1,)]
        assert not targets[11, :3].any() and not targets[:3].any()
        assert weights.tolist() == 3 * [0] + 9 * [1]


def count_given(task, repeats):
    inputs, _, _ = task.draw(np.random.default_rng(0), length=1, repeats=repeats)
    return inputs[1, task.bits + 1]


def test_count_of_repeats_has_mean_0_and_variance_1_over_the_range_of_training():
    task = algorithmic.RepeatCopy(repeats=(3, 12))
    counts = np.array([count_given(task, repeats) for repeats in range(3, 13)])
    np.testing.assert_allclose([counts.mean(), counts.var()], [0, 1], atol=1e-12)
    assert len(set(np.diff(counts).round(9))) == 1 and counts[0] < counts[1]
    np.testing.assert_allclose(count_given(task, 14) - counts[-1], 2 * (counts[1] - counts[0]))


def test_count_of_repeats_is_the_difference_where_training_has_one_number():
    task = algorithmic.RepeatCopy(repeats=(3, 3))
    assert [count_given(task, repeats) for repeats in (1, 3, 5)] == [-2, 0, 2]


def test_recall_asks_for_the_item_after_the_query():
    task = algorithmic.AssociativeRecall(bits=4, item_length=2)
    asked = []
    for inputs, targets, weights in sequences(task, 400, items=5):
        steps = np.arange(len(inputs))
        assert np.flatnonzero(inputs[:, 4]).tolist() == [0, 3, 6, 9, 12]
        assert np.flatnonzero(inputs[:, 5]).tolist() == [15, 18]
        assert not inputs[[0, 3, 6, 9, 12, 15, 18], :4].any() and not inputs[19:].any()
        items = [rows(inputs[step + 1 : step + 3, :4]) for step in (0, 3, 6, 9, 12)]
        asked.append(items.index(rows(inputs[16:18, :4])))
        assert rows(targets[19:]) == items[asked[-1] + 1]
        assert weights.tolist() == (steps >= 19).tolist()
    # The last item has no successor: it is never asked for, and the others alike.
    assert set(asked) == {0, 1, 2, 3}
    for place in range(4):
        assert_close_to_chance(np.array(asked) == place, 1 / 4)


def test_no_item_of_recall_comes_twice():
    task = algorithmic.AssociativeRecall(bits=1, item_length=3, items=(2, 8))
    firsts = []
    for inputs, _, _ in sequences(task, 400, items=8):
        items = rows(inputs[:32].reshape(8, 4, 3)[:, 1:, 0])
        assert len(set(items)) == 8
        firsts.append(items[0])
    for item in set(firsts):
        assert_close_to_chance(np.array([first == item for first in firsts]), 1 / 8)


def cross_entropy(batch, probabilities):
    """Returns the bits of each sequence."""
    likelihood = np.where(batch.targets == 1, probabilities, 1 - probabilities)[..., 0]
    return -(np.log2(likelihood) * batch.weights).sum(axis=1)


def optimum(task, batch):
    return np.stack([task.solve(inputs) for inputs in batch.inputs])


@pytest.fixture(scope="module")
def long_ngrams():
    """A task, a batch of it and the optimal probabilities."""
    task = algorithmic.NGrams()
    batch = task.sample(np.random.default_rng(0), 1500)
    return task, batch, optimum(task, batch)


def test_ngrams_give_each_bit_before_it_is_to_be_predicted():
    for inputs, targets, weights in sequences(algorithmic.NGrams(n=4), 10, length=30):
        assert rows(inputs[1:]) == rows(targets[:-1])
        assert weights.tolist() == 2 * [0] + 27 * [1]


def test_first_bits_of_ngrams_are_fair_and_independent():
    batch = algorithmic.NGrams(n=4, length=(4, 4)).sample(np.random.default_rng(0), 4000)
    number = batch.inputs[:, :, 0] @ [4, 2, 1]
    for first in range(8):
        assert_close_to_chance(number == first, 1 / 8)


def test_tables_of_ngrams_have_the_moments_of_the_beta_distribution():
    # While all bits are the same, each is drawn with the same p, and all are 1 with probability
    # E[p^k] after k draws: 1/2, 3/8, 5/16, 35/128 for Beta(1/2, 1/2).
    batch = algorithmic.NGrams(n=2, length=(5, 5)).sample(np.random.default_rng(0), 20000)
    bits = np.concatenate([batch.inputs[:, :, 0], batch.targets[:, -1]], axis=1)
    ones = bits[bits[:, 0] == 1, 1:]
    for draws, moment in enumerate([1 / 2, 3 / 8, 5 / 16, 35 / 128], start=1):
        assert_close_to_chance(ones[:, :draws].all(axis=1), moment)
    # Another context has a probability of its own.
    assert_close_to_chance(bits[(bits[:, 0] == 0) & (bits[:, 1] == 1), 2], 1 / 2)


def test_each_sequence_of_ngrams_has_a_table_of_its_own():
    batch = algorithmic.NGrams(n=2, length=(400, 400)).sample(np.random.default_rng(0), 200)
    after_one = (batch.inputs == 1)[..., 0]
    frequency = (batch.targets[..., 0] * after_one).sum(1) / after_one.sum(1).clip(1)
    assert frequency[after_one.sum(1) > 20].std() > 0.2


def test_best_prediction_of_ngrams_by_hand():
    # Contexts of two bits: after 11 comes 1, again 1, then 0; after 10 comes 1; after 01 comes 1.
    bits = np.array([1, 1, 1, 1, 0, 1, 1])[:, None]
    answers = algorithmic.NGrams(n=3).solve(bits)[1:, 0]
    np.testing.assert_allclose(answers, [1 / 2, 3 / 4, 5 / 6, 1 / 2, 1 / 2, 5 / 8])


def test_best_prediction_of_ngrams_knows_nothing_of_bits_to_come():
    task = algorithmic.NGrams()
    bits = np.random.default_rng(0).integers(0, 2, (200, 1))
    others = np.concatenate([bits[:120], 1 - bits[120:]])
    same = (task.solve(bits) == task.solve(others))[:, 0]
    assert same[:120].all() and not same[120:].all()


def test_optimal_prediction_of_ngrams_is_calibrated(long_ngrams):
    _, batch, best = long_ngrams
    counts = batch.weights == 1
    best, hits = best[counts][:, 0], batch.targets[counts][:, 0]
    for lowest in np.linspace(0, 0.9, 10):
        chosen = (lowest <= best) & (best < lowest + 0.1)
        assert chosen.sum() > 1000
        error = (hits - best)[chosen].mean()
        # Of independent bits; those of a sequence are not, but their errors are uncorrelated.
        assert abs(error) < 4 * np.sqrt((best * (1 - best))[chosen].mean() / chosen.sum())


def test_best_prediction_of_ngrams_leaves_the_bits_of_the_paper(long_ngrams):
    _, batch, best = long_ngrams
    # The paper counts all 200 bits: the first five cost one each.
    assert abs(5 + cross_entropy(batch, best).mean() - 133) < 3
    assert abs(5 + cross_entropy(batch, best)[:200].mean() - 133) < 3


def test_no_other_prediction_of_ngrams_is_better_on_average(long_ngrams):
    task, batch, best = long_ngrams
    optimal = cross_entropy(batch, best)
    half = np.full(best.shape, 0.5)
    np.testing.assert_allclose(cross_entropy(batch, half), 195)
    others = [half]
    for pseudocount in (0.25, 1):
        answers = [pseudocount_estimate(task.n, inputs, pseudocount) for inputs in batch.inputs]
        others.append(np.stack(answers))
    for other in others:
        excess = cross_entropy(batch, other) - optimal
        assert excess.mean() > 4 * excess.std() / np.sqrt(len(excess))


def pseudocount_estimate(n, inputs, pseudocount):
    bits = inputs[:, 0].astype(int).tolist()
    followers = {}
    answers = np.full((len(bits), 1), 0.5)
    for step in range(n - 2, len(bits)):
        if step >= n - 1:
            followers.setdefault(tuple(bits[step - n + 1 : step]), []).append(bits[step])
        seen = followers.get(tuple(bits[step - n + 2 : step + 1]), [])
        answers[step] = (sum(seen) + pseudocount) / (len(seen) + 2 * pseudocount)
    return answers


def test_the_optimum_of_ngrams_counts_what_followed_each_context(long_ngrams):
    task, batch, best = long_ngrams
    for inputs, answers in zip(batch.inputs[:50], best[:50], strict=True):
        expected = pseudocount_estimate(task.n, inputs, 1 / 2)
        np.testing.assert_allclose(answers[task.n - 2 :], expected[task.n - 2 :])


@pytest.mark.parametrize("items, num_kept", [(1, 1), (2, 1), (7, 4), (20, 12)])
def test_priority_sort_moves_whole_vectors_in_descending_order(items, num_kept):
    task = algorithmic.PrioritySort(bits=16, kept=0.6)
    for inputs, targets, weights in sequences(task, 20, items=items):
        pairs = zip(inputs[:items, 16].tolist(), rows(inputs[:items, :16]), strict=True)
        by_priority = [vector for _, vector in sorted(pairs, reverse=True)]
        assert rows(targets[items + 1 :]) == by_priority[:num_kept]
        assert rows(inputs[items:, 17:]) == [(1,)] + num_kept * [(0,)]
        assert not inputs[:items, 17].any() and not inputs[items:, :17].any()
        assert weights.tolist() == (items + 1) * [0] + num_kept * [1]


def test_priority_sort_keeps_one_vector_at_least_and_all_at_most():
    assert algorithmic.PrioritySort(kept=0.01).num_steps(items=20) == 22
    assert algorithmic.PrioritySort(kept=1).num_steps(items=20) == 41


def test_priorities_are_uniform_from_minus_1_to_1():
    inputs, _, _ = algorithmic.PrioritySort().draw(np.random.default_rng(0), items=4000)
    priorities = inputs[:4000, 8]
    for lowest in (-1, -0.5, 0, 0.5):
        assert_close_to_chance((lowest <= priorities) & (priorities < lowest + 0.5), 1 / 4)


class RepeatingGenerator:
    """Samples priorities that differ too little for float32 before it samples good ones."""

    def __init__(self):
        self._rng = np.random.default_rng(0)
        self._priorities = [[0.7, 0.7 + 1e-12, 0.1], [0.5, 0.5 + 1e-12, 0.1], [0.3, 0.1, 0.2]]

    def integers(self, *arguments):
        return self._rng.integers(*arguments)

    def uniform(self, *arguments):
        return np.array(self._priorities.pop(0))


def test_priorities_still_differ_once_they_are_float32():
    inputs, _, _ = algorithmic.PrioritySort().draw(RepeatingGenerator(), items=3)
    np.testing.assert_allclose(inputs[:3, 8], [0.3, 0.1, 0.2], rtol=1e-6)


def test_sort_gives_all_numbers_in_ascending_order_equal_ones_included():
    for inputs, targets, weights in sequences(algorithmic.Sort(bits=3), 20, items=12):
        numbers = [4 * first + 2 * second + third for first, second, third in rows(inputs[:12, :3])]
        assert len(set(numbers)) < 12
        assert (targets[13:] @ [4, 2, 1]).tolist() == sorted(numbers)
        assert rows(inputs[:, 3:]) == 12 * [(0,)] + [(1,)] + 12 * [(0,)]
        assert not inputs[12:, :3].any() and not targets[:13].any()
        assert weights.tolist() == 13 * [0] + 12 * [1]


def test_numbers_to_sort_may_have_more_bits_than_an_integer():
    inputs, targets, _ = algorithmic.Sort(bits=100).draw(np.random.default_rng(0), items=9)
    assert rows(targets[10:]) == sorted(rows(inputs[:9, :100]))
