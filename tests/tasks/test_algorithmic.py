"""Runs on algorithmic tasks: their files, and the score of a perfect answer."""

import contextlib
import importlib
import io
import json
import shutil

import numpy as np
import pytest
from small_runs import SMALL_COPY, changed

from configs import copy
from mann import training
from mann.models import compiling
from mann.models.build import build_model, change_memory
from mann.runs.workdir import Workdir
from mann.tasks.algorithmic import TASKS
from mann.tasks.build import build_task


class Solver:
    """Answers with the logits of the optimal probabilities."""

    def __init__(self, task):
        self.solve = task.solve

    def predict_on_batch(self, inputs):
        best = np.stack([self.solve(sequence) for sequence in inputs]).clip(1e-12, 1 - 1e-12)
        return np.log(best) - np.log1p(-best)


class Guesser:
    """Answers every bit with a probability of one half."""

    def __init__(self, task):
        self.num_outputs = task.num_outputs

    def predict_on_batch(self, inputs):
        return np.zeros((*inputs.shape[:2], self.num_outputs))


@pytest.mark.parametrize("name", TASKS)
def test_a_perfect_answer_scores_the_optimum_at_every_level_of_the_config(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    assert config.task.name == config.name == name
    task = build_task(config)
    assert sum(len(levels) for levels in config.task.test_levels.values()) >= 3
    measured = task.evaluate(Solver(task.task), 3, batch_size=2)
    assert len(measured) == 2 * len(config.task.test_levels)
    for wrong, bits in zip(measured[::2], measured[1::2], strict=True):
        assert (wrong.name, bits.name, wrong.by) == ("wrong bits", "cross-entropy", bits.by)
        levels = list(config.task.test_levels[wrong.by])
        assert list(wrong.values) == list(bits.values) == levels
        for level in levels:
            assert len(bits.values[level]) == 3 and bits.references["guessing"][level] > 0
            optimum = bits.references.get("optimum", dict.fromkeys(levels, 0))[level]
            np.testing.assert_allclose(bits.mean(level), optimum, atol=1e-3)
            assert wrong.references["guessing"][level] == bits.references["guessing"][level] / 2
        assert ("optimum" in bits.references) == (name == "ngrams")
        assert name == "ngrams" or wrong.overall() == 0
    best, guessed = (task.validate(kind(task.task), 4, 2) for kind in (Solver, Guesser))
    # N-grams continue at random, and no answer predicts them all.
    assert 0.8 * task.score(guessed) < task.score(best)
    assert (task.score(best) > -1e-3) == (name != "ngrams")
    assert (best.mean("wrong") == 0) == (name != "ngrams") and guessed.mean("wrong") > 0


@pytest.mark.parametrize("name", TASKS)
def test_streams_and_steps_differ_and_come_again(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    task, again = build_task(config), build_task(config)
    level = task.curriculum.first
    first, second = (task.training_batch(step, 2, level) for step in (0, 1))
    for one, other in zip(first, again.training_batch(0, 2, level), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first[0], second[0])
    config.seed = 1
    other_seed = build_task(config).training_batch(0, 2, level)
    assert not np.array_equal(first[0], other_seed[0])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Returns the workdir of a run, its results and the text that it printed."""
    path, printed = tmp_path_factory.mktemp("copy") / "run", io.StringIO()
    # The command below goes through XLA.
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(compiling, "choose_jit_compile", lambda: False)
        results = training.train_and_evaluate(changed(copy.get_config(), SMALL_COPY, {}), path)
    return path, results, printed.getvalue()


def test_a_run_raises_its_level_and_leaves_everything_it_says(run):
    path, results, printed = run
    assert [result.by for result in results] == ["length", "length"]
    assert {len(values) for values in results[0].values.values()} == {6}
    assert "Trained on: length 1 to 4; curriculum: doubling" in printed
    wrong = "Wrong bits (bits per sequence) by length (trained on 1 to 4): 6 sequences at each"
    assert wrong in printed and "guessing" in printed
    assert {picture.name for picture in (path / "pictures").iterdir()} == {
        "cross-entropy_by_length.png",
        "learning_curves.png",
        "memory.png",
        "sequence.png",
        "wrong_bits_by_length.png",
    }
    workdir = Workdir(path)
    levels = [(line["step"], line["level"]) for line in workdir.read_metrics() if "level" in line]
    assert levels == [(2, 2), (4, 4)]
    stored = json.loads(workdir.evaluation.read_text())
    assert stored["measurements"][0]["conditions"][1] == {
        "condition": 6,
        "mean": results[0].mean(6),
        "interval_95": results[0].interval(6),
        "examples": 6,
    }
    reports = [line for line in workdir.read_metrics() if "loss" in line]
    assert all("bit_errors_per_sequence" in line for line in reports)


def test_the_command_measures_other_lengths_with_more_slots(run, command, tmp_path):
    shutil.copytree(run[0], tmp_path / "run")
    larger = ("--memory_size=12", "--addressing=hard")
    flags = ("--episodes=5", "--lengths=3,7", *larger, "--pictures")
    process = command("evaluate", f"--workdir={tmp_path}/run", *flags)
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    assert "by length (trained on 1 to 4): 5 sequences at each" in out
    written = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    wrong, _ = written["measurements"]
    assert [row["condition"] for row in wrong["conditions"]] == [3, 7]
    assert wrong["references"]["guessing"][1] == {"condition": 7, "mean": 10.5}
    assert (written["memory_size"], written["addressing"]) == (12, "hard")


# Each length is compiled, which for an LRUA takes long.
@pytest.mark.parametrize(
    ("name", "curriculum", "longest"), [("lrua", "uniform", 3), ("lstm", "look_back", 4)]
)
def test_other_models_and_curricula(name, curriculum, longest, small_copy, tmp_path):
    config = small_copy(
        model__name=name, task__curriculum__name=curriculum, task__length=(1, longest)
    )
    training.train_and_evaluate(config, tmp_path)
    lines = Workdir(tmp_path).read_metrics()
    levels = [line["level"] for line in lines if "level" in line]
    assert levels == ([2, 3, 4] if curriculum == "look_back" else [])


@pytest.mark.parametrize("name", ["copy", "repeat_copy"])
def test_sparse_sequences_are_trained_on_alone(name, small_copy):
    config = importlib.import_module(f"configs.{name}").get_config()
    config.task.update({"length": (10, 10), "sparse": 1.0})
    task = build_task(config)
    trained = [task.training_batch(step, 16, 10)[0][:, :10, :8] for step in range(20)]
    model, measured = Guesser(task), []
    guess = model.predict_on_batch
    model.predict_on_batch = lambda inputs: measured.append(inputs[:, :10, :8]) or guess(inputs)
    task.validate(model, 160, 16)
    task.evaluate(model, 160, 16, {"length": [10]})
    assert np.mean(trained) < 0.3 and 0.47 < np.mean(measured) < 0.53


def test_few_long_sequences_are_measured_alone_and_none_is_drawn(tmp_path):
    task = build_task(copy.get_config())
    model, shapes = Guesser(task), []
    model.layers, guess = [], model.predict_on_batch
    model.predict_on_batch = lambda inputs: shapes.append(inputs.shape[:2]) or guess(inputs)
    # If all are long, one as long as in training is drawn.
    for levels, drawn in ([5, 1500], 11), ([1500, 1600], 41):
        measured = task.evaluate(model, 2, 16, {"length": levels})
        assert shapes == [(2, 2 * level + 1) for level in levels]
        task.draw(measured, model, tmp_path)
        assert shapes[-1] == (1, drawn) and (tmp_path / "sequence.png").exists()
        shapes.clear()


def test_a_trained_memory_is_addressed_by_hard_weights(small_copy):
    config = small_copy()
    task = build_task(config)
    model = build_model(config.model, task)
    inputs = task.task.sample(np.random.default_rng(0), 4, {"length": 3}).inputs
    hard = change_memory(model, config, task, addressing="hard")
    soft = change_memory(hard, config, task, addressing="soft")
    for one in (hard, soft):
        weights = one.get_layer("memory").trace(inputs)["read_weights"]
        assert np.all((weights == 0) | (weights == 1)) == (one is hard)
    np.testing.assert_array_equal(soft.predict(inputs), model.predict(inputs))
    assert not np.allclose(hard.predict(inputs), model.predict(inputs), atol=1e-6)


def test_a_model_without_a_memory_is_not_addressed(small_copy):
    config = small_copy(model__name="lstm")
    task = build_task(config)
    with pytest.raises(training.UserError, match="--addressing=hard: the model, lstm, has no mem"):
        change_memory(build_model(config.model, task), config, task, addressing="hard")


def test_a_learned_initial_memory_has_as_many_slots_as_it_has(small_copy):
    config = small_copy(model__learn_initial_memory=True)
    task = build_task(config)
    learned = build_model(config.model, task)
    with pytest.raises(training.UserError, match="--memory_size=20: the initial memory is learned"):
        change_memory(learned, config, task, 20)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task__bits": 0}, "task.bits must be .*0"),
        ({"task__length": (5, 2)}, "length.*5, 2"),
        ({"task__curriculum__name": "random"}, "curriculum.name.*random"),
        ({"task__test_levels__length": (0,)}, "test_levels.length must be .*1 or more.*0"),
        ({"model__shift_range": 9}, "`shift_range`.*9"),
    ],
)
def test_bad_configs_are_refused_before_anything_is_written(changes, message, small_copy, tmp_path):
    with pytest.raises(training.UserError, match=message):
        training.train_and_evaluate(small_copy(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_axis_of_another_task_is_refused(small_copy):
    config = small_copy()
    task = build_task(config)
    with pytest.raises(training.UserError, match="no axis 'items'.*Copy are length"):
        task.evaluate(Solver(task.task), 2, 2, {"items": [3]})
    with pytest.raises(training.UserError, match="option items does not apply to copy"):
        task.check_options({"items": [3]})
