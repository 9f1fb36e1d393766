"""Grids and seeds: how they are parsed, and which runs they make."""

import pytest

from mann_config.errors import UserError
from mann_config.grid import Base, list_runs, name_row, parse_grid, parse_seeds

COPY = Base("configs/copy.py", {})


def test_seeds_are_numbers_and_ranges():
    assert parse_seeds("0..4") == [0, 1, 2, 3, 4]
    assert parse_seeds(" 7, 0..1,7") == [0, 1, 7]
    assert parse_seeds("4294967295") == [2**32 - 1]


@pytest.mark.parametrize("text", ["", "a", "1..", "3..1", "-1", "1.5", "4294967296", "1,,2", "١"])
def test_other_seeds_are_refused(text):
    with pytest.raises(UserError, match="^--seeds must be integers"):
        parse_seeds(text)


def test_values_have_the_type_of_their_field():
    texts = [
        "model.name=ntm, lstm",
        "train.learning_rate=1,1e-4,1.0",
        "task.length=(1,4),(2, 3)",
        "train.amsgrad=true,False",
        "model.usage_decay=0.5",
    ]
    assert parse_grid(texts, COPY) == {
        "model.name": ["ntm", "lstm"],
        "train.learning_rate": [1.0, 1e-4],
        "task.length": [(1, 4), (2, 3)],
        "train.amsgrad": [True, False],
        "model.usage_decay": [0.5],
    }


def test_none_is_a_value():
    base = Base(COPY.file, {"train.replicas": None})
    grid = parse_grid(["model.forget_bias=1,None"], base)
    assert grid == {"model.forget_bias": [1.0, None]}
    runs = list_runs(base, grid, [0])
    assert [run.refusal for run in runs] == [None, None]
    assert [run.config["train"]["replicas"] for run in runs] == [None, None]
    assert [run.config["model"]["forget_bias"] for run in runs] == [1.0, None]


def test_there_is_a_run_for_each_combination_and_seed():
    grid = parse_grid(["model.name=ntm,lstm", "model.units=8,9"], COPY)
    runs = list_runs(Base(COPY.file, {"train.steps": 7}), grid, [3, 5])
    assert [(run.row, run.seed) for run in runs] == [
        (f"model.name={name},model.units={units}", seed)
        for name in ("ntm", "lstm")
        for units in (8, 9)
        for seed in (3, 5)
    ]
    config = runs[-1].config
    assert (config["seed"], config["train"]["steps"]) == (5, 7)
    assert (config["model"]["name"], config["model"]["units"]) == ("lstm", 9)
    # Nothing that one run sets reaches another.
    assert runs[0].config["model"]["units"] == 8


def test_without_a_grid_and_seeds_there_is_the_run_of_the_config():
    (run,) = list_runs(Base(COPY.file, {"seed": 4}), {}, None)
    assert (run.row, run.seed, run.fields, run.config["seed"]) == ("", 4, {}, 4)


def test_fields_that_follow_others_follow_the_grid(tmp_path):
    file = tmp_path / "follows.py"
    file.write_text(
        "from configs import copy\n"
        "def get_config():\n"
        "    config = copy.get_config()\n"
        "    config.model.word_size = config.model.get_oneway_ref('units') // 2\n"
        "    return config\n"
    )
    base = Base(str(file), {})
    runs = list_runs(base, parse_grid(["model.units=8,20"], base), [0])
    assert [run.config["model"]["word_size"] for run in runs] == [4, 10]


def test_a_combination_that_the_checks_refuse_is_a_run_with_the_reason():
    grid = parse_grid(["model.name=ntm,lstm", "model.shift_range=1,2"], COPY)
    runs = list_runs(COPY, grid, [0])
    assert [run.config is None for run in runs] == [False, False, True, True]
    assert "model.shift_range has no effect on lstm" in runs[2].refusal
    with pytest.raises(UserError, match="has no effect on lstm"):
        list_runs(COPY, {**grid, "model.name": ["lstm"]}, [0])


def test_only_this_machine_has_this_machines_memory():
    grid = {"model.units": [10_000_000]}
    with pytest.raises(UserError, match="would take about"):
        list_runs(COPY, grid, [0])
    assert list_runs(COPY, grid, [0], on_this_machine=False)[0].refusal is None


def test_names_of_rows_are_short_names_of_files_and_differ():
    long = {"task.path": "a" * 300}
    other = {"task.path": "a" * 299 + "b"}
    rows = [long, other, {"task.path": "../x, y=z"}, {"task.length": (1, 2)}, {"task.path": "1+2"}]
    names = [name_row(row) for row in rows]
    assert len(set(names)) == len(rows)
    assert all("/" not in name and len(name.encode()) < 255 for name in names)
