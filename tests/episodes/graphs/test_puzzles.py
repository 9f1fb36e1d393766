"""Sampled graphs and queries, their answers by networkx, and their encoding in digits."""

import networkx
import numpy as np
import pytest

from episodes.algorithmic import TaskSampler
from episodes.graphs import RELATIONS, FamilyTree, ShortestPath, Traversal
from episodes.graphs.base import BLANK

LESSONS = {
    Traversal: ((3, 1, 1), (6, 3, 4)),
    ShortestPath: ((3, 1, 1), (7, 3, 4)),
    FamilyTree: ((5, 2), (14, 4)),
}


@pytest.fixture(params=LESSONS, ids=lambda kind: kind.__name__)
def task(request):
    return request.param(LESSONS[request.param], digits=2)


def puzzles(task, lesson=2, count=60, **numbers):
    rng = np.random.default_rng(0)
    return [task.puzzle(rng, lesson, **numbers) for _ in range(count)]


def as_graph(triples):
    graph = networkx.MultiDiGraph()
    for source, edge, destination in triples.tolist():
        graph.add_edge(source, destination, key=edge)
    return graph


def test_traversal_follows_the_edges_of_the_query():
    for puzzle in puzzles(Traversal(LESSONS[Traversal], digits=2)):
        graph, node = as_graph(puzzle.triples), puzzle.query[0, 0]
        for (_, edge, _), answer in zip(puzzle.query, puzzle.answer, strict=True):
            (end,) = [end for _, end, key in graph.out_edges(node, keys=True) if key == edge]
            assert answer.tolist() == [node, edge, end]
            node = end


def test_shortest_paths_are_as_short_as_those_of_networkx():
    task = ShortestPath(LESSONS[ShortestPath], digits=2)
    lengths = set()
    for puzzle in puzzles(task):
        graph = as_graph(puzzle.triples)
        source, _, end = puzzle.query[0].tolist()
        assert len(puzzle.answer) == networkx.shortest_path_length(graph, source, end)
        ways = {tuple(way) for way in networkx.all_shortest_paths(graph, source, end)}
        assert tuple([source, *puzzle.answer[:, 2].tolist()]) in ways
        # Any of the shortest ones is right, and no other way is.
        for way in ways:
            steps = zip(way, way[1:], strict=False)
            other = np.array([(s, min(graph[s][d]), d) for s, d in steps])
            assert task.is_right(puzzle, other)
            other[-1, 1] = max(graph[way[-2]][end]) + 1
            assert not task.is_right(puzzle, other)
        lengths.add(len(puzzle.answer))
        assert len(puzzle.answer) + puzzle.spare == 4
    assert lengths == {1, 2, 3, 4}


def relatives(graph, sex, person, relation):
    """Answers by parents and sexes alone, not by the ways that the task knows."""

    def parents(of):
        return {end for _, end, kind in graph.out_edges(of, keys=True) if kind in (0, 1)}

    def children(of):
        return {end for _, end, kind in graph.out_edges(of, keys=True) if kind in (2, 3)}

    def siblings(of):
        return {child for parent in parents(of) for child in children(parent)} - {of}

    *side, kind = relation.split()
    found = {person}
    if "male" in side or "female" in side:
        wanted = "male" in side
    else:
        wanted = kind.endswith(("father", "uncle", "nephew", "brother", "son"))
    if side and side[0] in ("paternal", "maternal"):
        found = {p for p in parents(person) if sex[p] == (side[0] == "paternal")}
        if kind.startswith("grand"):
            found = {p for one in found for p in parents(one)}
        if "great" in side:
            found = {p for one in found for p in parents(one)}
        if kind in ("uncle", "aunt"):
            found = {s for one in found for s in siblings(one)}
    elif kind in ("brother", "sister"):
        found = siblings(person)
    elif kind in ("nephew", "niece"):
        found = {c for s in siblings(person) for c in children(s)}
    elif kind == "cousin":
        found = {c for p in parents(person) for s in siblings(p) for c in children(s)}
    else:
        found = {c for child in children(person) for c in children(child)}
    return {one for one in found if sex[one] == wanted}


def test_relatives_are_those_of_a_solver_that_knows_parents_alone():
    task = FamilyTree(((8, 2), (16, 4)), digits=2)
    asked = set()
    for puzzle in puzzles(task, count=150):
        graph = as_graph(puzzle.triples)
        sex = {end: kind in (0, 2) for _, end, kind in graph.edges(keys=True)}
        person, label, _ = puzzle.query[0].tolist()
        relation = task.edge_names[label]
        assert relatives(graph, sex, person, relation) == {puzzle.answer[0, 2]}
        assert puzzle.answer[0, :2].tolist() == [person, label]
        asked.add(relation)
    assert len(asked) > len(RELATIONS) // 2


def test_graphs_have_different_labels_and_the_given_size(task):
    size = next(iter(task.fields))
    for puzzle in puzzles(task, **{size: 6}):
        assert len(np.unique(puzzle.triples[:, [0, 2]])) <= 6
        if not task.edge_names:
            edges = puzzle.triples[:, :2].tolist()
            assert len(edges) == len({tuple(edge) for edge in edges})
        assert puzzle.triples.max() < task.num_labels and puzzle.triples.min() >= 0


def test_lessons_widen_the_range(task):
    first, last = (puzzles(task, lesson) for lesson in (1, 2))
    assert max(len(p.triples) for p in first) < max(len(p.triples) for p in last)
    assert min(len(p.triples) for p in last) <= max(len(p.triples) for p in first)
    for lesson, drawn in ((1, first), (2, last)):
        assert max(map(task.count_steps, drawn)) <= task.num_steps(lesson)


def test_encoded_puzzles_decode_again(task):
    for puzzle in puzzles(task, count=5):
        forced = np.ones(len(puzzle.answer), bool)
        inputs, targets, weights = task.encode(puzzle, forced)
        assert (targets.dtype, weights.dtype) == (np.int32, np.float32)
        told = len(puzzle.triples) + len(puzzle.query)
        digits = inputs[:told, 1:-2].reshape(told, -1, 10)
        labels = task.to_labels(np.where(digits.any(axis=-1), digits.argmax(axis=-1), BLANK))
        whole = np.concatenate([puzzle.triples, puzzle.query])
        np.testing.assert_array_equal(labels[whole != BLANK], whole[whole != BLANK])
        assert not digits.any(axis=-1)[np.repeat(whole == BLANK, task.digits, axis=1)].any()
        asked = weights.any(axis=1)
        np.testing.assert_array_equal(task.to_labels(targets[asked]), puzzle.answer)
        np.testing.assert_array_equal(
            inputs[:, -1] > 0, np.arange(len(inputs)) >= told + task.planning
        )
        np.testing.assert_array_equal(
            task.decode_answer(puzzle, targets)[: len(puzzle.answer)], puzzle.answer
        )
        assert task.is_right(puzzle, task.decode_answer(puzzle, targets))


def test_the_answer_before_is_shown_or_left_to_the_model():
    task = Traversal([(5, 2, 3)], digits=2)
    (puzzle,) = puzzles(task, 1, count=1)
    first = len(puzzle.triples) + len(puzzle.query)
    shown, _, _ = task.encode(puzzle, np.array([True, True, True]))
    own, _, _ = task.encode(puzzle, np.array([False, False, False]))
    np.testing.assert_array_equal(shown[first + 1 :, 1:-2], task.to_one_hot(puzzle.answer[:-1]))
    assert not own[first:, 1:-2].any() and not shown[:, 0].any()
    assert own[:, 0].tolist() == [0] * (first + 1) + [1, 1]
    np.testing.assert_array_equal(own[: first + 1], shown[: first + 1])
    mixed = Traversal([(5, 2, 3)], digits=2, teacher_forcing=0.25)
    flags = mixed.sample(np.random.default_rng(0), 200).inputs[:, :, 0]
    assert 0.65 < flags.sum() / (200 * 2) < 0.85


@pytest.mark.parametrize(("people", "path"), [(6, 3), (8, 4)])
def test_relatives_are_found_in_the_smallest_family_that_has_them(people, path):
    (puzzle,) = puzzles(FamilyTree([(people, path)], digits=2), 1, count=1)
    assert len(np.unique(puzzle.triples[:, [0, 2]])) == people
    with pytest.raises(ValueError, match="finds no graph"):
        puzzles(FamilyTree([(people - 1, path)], digits=2), 1, count=1)


def test_batches_come_again(task):
    one, other = (TaskSampler(task, 3).batch(5, 4, {"lesson": 2}, 99) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        assert first.shape[:2] == (4, 99)
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Traversal([]), "`lessons` must name one"),
        (lambda: Traversal([(3, 1)]), "lesson of Traversal.*nodes .2 or more.*3, 1"),
        (lambda: ShortestPath([(3, 1, 0)]), "path .1 or more.*3, 1, 0"),
        (lambda: Traversal([(3, 1, 1)], teacher_forcing=2), "`teacher_forcing`.*2"),
        (
            lambda: FamilyTree([(9, 2)], digits=1),
            "`digits` must give labels to .* kinds of edges.*1",
        ),
        (
            lambda: Traversal([(200, 2, 2)], digits=2),
            "200 nodes, more than the 100 labels of 2 digits",
        ),
        (lambda: ShortestPath([(3, 1, 1)], planning=-1), "`planning`.*-1"),
        (lambda: ShortestPath([(3, 1, 1)], planning=1.5), "`planning` must be an integer.*1.5"),
        (
            lambda: TaskSampler(Traversal([(3, 1, 1)])).batch(0, 1, {"lesson": 2}),
            "`difficulty` must be at most 1 along 'lesson'.*Received: 2",
        ),
        (lambda: puzzles(ShortestPath([(3, 2, 2)]), 1, path=7), "no graph that has.*path 7 to 7"),
    ],
)
def test_bad_lessons(make, message):
    with pytest.raises(ValueError, match=message):
        make()
