"""Experiments on graphs: the score of a perfect answer, the files of a run, and queries to it."""

import json

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from small_runs import SMALL_RUN, changed

from configs import family_tree, graph_shortest_path, graph_traversal
from episodes.graphs import load_edge_list
from mann import training
from mann.evaluation.graph_pictures import MISSED, draw_graph
from mann.evaluation.pictures import RIGHT
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.tasks.graph_asking import GraphAnswer, GraphAsker

CONFIGS = {
    module.__name__.split(".")[-1]: module
    for module in (graph_traversal, graph_shortest_path, family_tree)
}
SMALL = {
    **SMALL_RUN,
    "task.lessons": ((3, 1, 1), (4, 2, 2)),
    "task.test_levels.size": (3, 5),
    "task.test_levels.length": (1, 2),
    "task.teacher_forcing": 0.5,
    "model.name": "ntm",
}


def small(name="graph_traversal", **changes):
    lessons = {"task.lessons": ((5, 2), (7, 2)), "task.test_levels.length": (2,)}
    fields = SMALL | {"task.test_levels.size": (5, 7)} | lessons if name == "family_tree" else SMALL
    return changed(CONFIGS[name].get_config(), fields, changes)


class Knows:
    """Answers by the targets of puzzles that it knows, with some digits wrong."""

    def __init__(self, task, puzzles, wrong):
        self.num_outputs, self.wrong = task.num_outputs, list(wrong)
        self.targets = {}
        for puzzle in puzzles:
            inputs, targets, _ = task.encode(puzzle, np.zeros(len(puzzle.answer), bool))
            self.targets[inputs.tobytes()] = targets.astype(int)

    def predict_on_batch(self, inputs):
        logits = np.zeros((*inputs.shape[:2], *self.num_outputs))
        for row, sequence in zip(logits, inputs, strict=True):
            length = 1 + np.flatnonzero(sequence.any(axis=1)).max()
            targets = self.targets[sequence[:length].tobytes()]
            np.put_along_axis(row[:length], targets[..., None], 1, axis=-1)
            row[:, self.wrong] *= -1
        return logits


@pytest.mark.parametrize("name", CONFIGS)
def test_a_perfect_answer_is_right_and_one_wrong_digit_is_not(name):
    config = CONFIGS[name].get_config()
    assert config.name == config.task.name == name
    task = build_task(config)
    puzzles = task._sample_puzzles(1, 8, lesson=1)
    perfect, wrong = (Knows(task.task, puzzles, digits) for digits in ((), (-1,)))
    assert task.are_right(perfect, puzzles, 3).all() and task.succeeds(perfect, 1, 8, 3)
    assert not task.are_right(wrong, puzzles, 3).any() and not task.succeeds(wrong, 1, 8, 3)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("graphs") / "run"
    return workdir, training.train_and_evaluate(small(), workdir)


@pytest.fixture
def edge_list(tmp_path):
    (tmp_path / "map.csv").write_text("source,edge,destination\nBank,east,Ham\nHam,west,Bank\n")
    return load_edge_list(tmp_path / "map.csv")


def test_a_run_leaves_everything(run):
    path, results = run
    assert {(result.by, *result.values) for result in results} == {
        ("nodes", 3, 5),
        ("path", 1, 2),
    }
    workdir = Workdir(path)
    assert {picture.name for picture in workdir.pictures.iterdir()} == {
        "graph.png",
        "learning_curves.png",
        "whole_answers_right_by_nodes.png",
        "whole_answers_right_by_path.png",
    }
    written = json.loads(workdir.evaluation.read_text())
    for one, result in zip(written["measurements"], results, strict=True):
        for row in one["conditions"]:
            assert row["mean"] == result.mean(row["condition"]) and row["examples"] == 6
    assert any("Published" in line for line in written["remarks"])


def test_more_slots_and_other_levels(run):
    path, _ = run
    (result,) = training.evaluate(path, 3, options={"size": [6]}, memory_size=20, pictures=False)
    assert list(result.values) == [6] and len(result.values[6]) == 3
    with pytest.raises(training.UserError, match="option items does not apply to graph"):
        training.evaluate(path, 3, options={"items": [3]}, pictures=False)


def test_a_graph_of_ones_own_is_asked_about(run, edge_list):
    asker = GraphAsker(run[0])
    answer = asker.ask(edge_list, ["Bank", "east", "west"])
    assert answer.expected == [("Bank", "east", "Ham"), ("Ham", "west", "Bank")]
    assert len(answer.answer) == 2 and sorted(answer.triples) == sorted(edge_list.edges)
    assert answer.is_right == (answer.answer == answer.expected)
    for query, message in (
        (["Bonk", "east"], "no 'Bonk': choose another, such as Bank"),
        (["Bank", "west"], "step 1 of the walk is at a node with 0"),
        (["Bank"], "must be a node and the edges to take"),
    ):
        with pytest.raises(training.UserError, match=message):
            asker.ask(edge_list, query)


def test_a_picture_shows_the_graph_and_both_answers():
    east, west, north = ("Bank", "east", "Ham"), ("Ham", "west", "Bank"), ("Bank", "north", "Kew")
    figure = draw_graph([east, west, north], [east, north], [east, ("Ham", "up", "Kew")])
    (axes,) = figure.axes
    words = [text.get_text() for text in axes.texts]
    assert sorted(words) == ["Bank", "Ham", "Kew", "east", "north", "west"]
    drawn = [arrow.get_edgecolor() for arrow in axes.patches]
    expected = [to_rgba(color) for color in ("#bbbbbb", MISSED, RIGHT)]
    assert sorted(drawn) == sorted(expected)
    assert "1 more answered, which this graph does not have" in axes.get_title()


def test_an_answer_in_words():
    east, west = ("Bank", "east", "Ham"), ("Ham", "west", "Bank")
    right, wrong = (GraphAnswer([east, west], [east], [way], way is east) for way in (east, west))
    assert right.lines() == ["Bank -- east -> Ham", "This is right."]
    assert wrong.lines() == [
        "Ham -- west -> Bank",
        "This is wrong. Right would be:",
        "Bank -- east -> Ham",
    ]


def test_the_command_answers(run, command, tmp_path, edge_list):
    flags = f"--workdir={run[0]}", f"--graph={tmp_path}/map.csv", "--seed=3"
    process = command("ask-graph", *flags, "--query=Bank, east", f"--picture={tmp_path}/a.png")
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    expected = GraphAsker(run[0]).ask(edge_list, ["Bank", "east"], seed=3).lines()
    assert out.splitlines() == [*expected, f"Picture: {tmp_path}/a.png"]
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_what_cannot_be_trained_is_refused(tmp_path):
    for changes, message in (
        ({"task__lessons": ((3, 1),)}, "task.lessons must be a list of .* 3 integers"),
        ({"model__name": "feedforward"}, "has no state, which this task needs"),
        ({"task__test_levels__size": (500,)}, "500 nodes.*100 labels"),
    ):
        with pytest.raises(training.UserError, match=message):
            training.train_and_evaluate(small(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()
