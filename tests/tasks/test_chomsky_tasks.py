"""Runs on the tasks of the Chomsky hierarchy: what is trained on, measured, printed and drawn."""

import json

import numpy as np
import pytest
from small_runs import SMALL_SYMBOLS, changed

from configs import chomsky as config_file
from episodes import chomsky
from mann import training
from mann.tasks.algorithmic import build_imported
from mann.tasks.build import build_task
from mann.tasks.chomsky import TASKS, SymbolTask


class Solver:
    """Answers with the logits of the right symbols, or of wrong ones beyond a length."""

    def __init__(self, task, longest=10**9):
        self.task = task
        self.longest = longest

    def predict_on_batch(self, inputs):
        best = np.stack([self.task.solve(sequence) for sequence in inputs])
        long = inputs[:, :, :-1].sum(axis=(1, 2)) > self.longest
        return np.where(long[:, None, None], -1, 1) * 50 * best


def make_config(name, **changes):
    config = config_file.get_config()
    config.task.name = name
    return changed(config, {}, changes)


@pytest.mark.parametrize("name", TASKS)
def test_a_perfect_answer_is_all_right_and_beside_the_published_means(name):
    task = build_task(make_config(name))
    by_length, mean = task.evaluate(Solver(task.task), 12, 6, {"length": [7, 40, 41, 60]})
    assert (by_length.name, by_length.unit, by_length.by) == ("accuracy", "%", "length")
    assert list(by_length.values) == [7, 40, 41, 60] and by_length.trained == (1, 40)
    assert (mean.name, mean.unit) == ("mean accuracy", "%") and mean.overall() == 100
    assert list(mean.values) == ["41 to 60"] and len(mean.values["41 to 60"]) == 24
    assert list(mean.references) == [
        *(f"{model} (Delétang 2023)" for model in ("RNN", "Stack-RNN", "Tape-RNN")),
        "Transformer (Delétang 2023)",
        "LSTM (Delétang 2023)",
        "guessing",
    ]
    assert 10 < mean.references["guessing"]["41 to 60"] < 85
    assert task.remarks([by_length, mean], None, None) == [
        f"{name} is solved: that is a mean of 90 % or more."
    ]
    validation = task.validate(Solver(task.task), 4, 2)
    assert validation.mean("wrong") == 0 and -1e-6 < task.score(validation) <= 0


def test_the_mean_is_over_the_lengths_beyond_training_alone():
    task = build_task(make_config("reverse_string", task__length=(1, 10)))
    by_length, mean = task.evaluate(Solver(task.task, 14), 4, 2, {"length": [5, 12, 20, 30]})
    assert [by_length.mean(length) for length in by_length.values] == [100, 100, 0, 0]
    assert mean.overall() == pytest.approx(100 / 3)
    assert task.remarks([by_length, mean], None, None)[0].startswith("reverse_string is not sol")
    (alone,) = task.evaluate(Solver(task.task), 4, 2, {"length": [5, 10]})
    assert alone.name == "accuracy" and task.remarks([alone], None, None) == []


def test_guessing_is_the_symbol_that_is_best_at_all_times():
    task = build_task(make_config("stack_manipulation"))
    measured, _ = task.evaluate(Solver(task.task), 200, 50, {"length": [1, 50]})
    guessing = measured.references["guessing"]
    # The end of the answer is half of the shortest one, and as good as nothing of a long one.
    assert 20 < guessing[1] < 30 and 42 < guessing[50] < 54


@pytest.mark.parametrize("curriculum", ["uniform", "doubling", "look_back"])
def test_a_batch_has_strings_of_one_length_and_few_lengths_in_all(curriculum):
    config = make_config("reverse_string", task__curriculum__name=curriculum)
    task = build_task(config)
    level = 20 if curriculum != "uniform" else task.curriculum.first
    lengths, steps = set(), set()
    for step in range(200):
        inputs, targets, weights = task.training_batch(step, 4, level)
        (length,) = set(weights.sum(axis=1).tolist())
        assert targets.shape == weights.shape == inputs.shape[:2]
        lengths.add(int(length))
        steps.add(inputs.shape[1])
    assert steps <= {16, 32, 48, 64, 80} and max(lengths) == (40 if curriculum == "uniform" else 20)
    assert min(lengths) == 1 if curriculum != "look_back" else len(lengths) > 5
    again = build_task(config).training_batch(199, 4, level, slice(1, 3))
    np.testing.assert_array_equal(again[0], inputs[1:3])


def test_many_lengths_are_measured_with_few_lengths_to_compile():
    task = build_task(make_config("parity_check"))
    model, shapes = Solver(task.task), set()
    answer = model.predict_on_batch
    model.predict_on_batch = lambda inputs: shapes.add(inputs.shape[1]) or answer(inputs)
    by_length, _ = task.evaluate(model, 2, 2, {"length": list(range(41, 141))})
    assert len(by_length.values) == 100 and len(shapes) <= 16 and max(shapes) == 141
    assert by_length.shown == tuple(range(45, 141, 5))
    assert by_length.about == "2 sequences at each level, 20 of 100 lengths shown"


def test_a_class_of_symbols_that_is_imported_is_trained_on_symbols():
    config = config_file.get_config()
    config.task.name = "episodes.chomsky:OddsFirst"
    task = build_task(config)
    assert isinstance(task, SymbolTask) and isinstance(task.task, chomsky.OddsFirst)
    _, mean = task.evaluate(Solver(task.task), 2, 2, {"length": [50]})
    assert list(mean.references) == ["guessing"] and "published" not in mean.about
    assert build_imported(chomsky.OddsFirst, config, 0).num_outputs == 2


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("symbols") / "run"
    config = changed(make_config("stack_manipulation"), SMALL_SYMBOLS, {})
    return path, training.train_and_evaluate(config, path)


def test_a_run_draws_its_measurements_its_memory_and_a_string(run):
    path, (by_length, mean) = run
    assert list(by_length.values) == [2, 8] and list(mean.values) == ["8"]
    assert {picture.name for picture in (path / "pictures").iterdir()} == {
        "accuracy_by_length.png",
        "mean_accuracy_by_lengths.png",
        "learning_curves.png",
        "memory.png",
        "sequence.png",
    }


def test_the_command_measures_ranges_of_lengths_with_more_slots_and_hard_heads(run, command):
    flags = (f"--workdir={run[0]}", "--lengths=6..9", "--memory_size=20", "--addressing=hard")
    process = command("evaluate", *flags, "--episodes=4", "--nopictures")
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    assert "Accuracy (%) by length (trained on 1 to 6): 4 sequences at each level" in out
    assert "Mean accuracy (%) by lengths: 3 lengths; published: 41 to 500" in out
    assert "Tape-RNN (Delétang 2023)" in out and "stack_manipulation is not solved" in out
    written = json.loads((run[0] / "evaluation.json").read_text())
    assert [row["condition"] for row in written["measurements"][0]["conditions"]] == [6, 7, 8, 9]
    assert (written["memory_size"], written["addressing"]) == (20, "hard")


def test_bad_configs_are_refused(tmp_path):
    for changes, message in (
        ({"task__length": (0, 4)}, "task.length must be two integers, the first 1 or more"),
        ({"task__curriculum__axis": "items"}, "curriculum.axis must be one of length"),
        ({"task__test_levels__length": ()}, "test_levels.length must be a list of one or more"),
    ):
        with pytest.raises(training.UserError, match=message):
            training.train_and_evaluate(make_config("odds_first", **changes), tmp_path / "run")
    task = build_task(make_config("odds_first"))
    with pytest.raises(training.UserError, match="1 or more along 'length'. Received: 0"):
        task.evaluate(Solver(task.task), 2, 2, {"length": [0]})
