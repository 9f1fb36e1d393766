"""sweep.json: which sweeps may share a folder, and that they never mix."""

import json

import pytest

from mann_config.errors import UserError
from mann_config.grid import Base, list_runs, parse_grid
from mann_sweeps.record import find_folder, join, make_record, read_record, write_record


def record(*texts, seeds=(0,), measuring=None, **overrides):
    fields = {name.replace("__", "."): value for name, value in overrides.items()}
    base = Base("configs/copy.py", fields)
    grid = parse_grid(texts, base)
    return make_record(base, grid, list_runs(base, grid, list(seeds)), measuring)


@pytest.fixture
def workdir(tmp_path):
    folder = tmp_path / "sweep"
    folder.mkdir()
    write_record(folder, record("model.name=ntm,lstm", "task.length=(1,4)", seeds=[0, 1]))
    return folder


def test_a_record_comes_back_as_it_was(workdir):
    there = read_record(workdir)
    assert there == record("model.name=ntm,lstm", "task.length=(1,4)", seeds=[0, 1])
    assert [row.name for row in there.rows] == [
        "model.name=ntm,task.length=1+4",
        "model.name=lstm,task.length=1+4",
    ]
    folder = find_folder(workdir, there.rows[0].name, 3)
    assert folder == workdir / "model.name=ntm,task.length=1+4" / "seed=3"
    assert find_folder(workdir, "", 3) == workdir / "seed=3"


def test_other_values_and_seeds_join(workdir):
    measuring = {"episodes": 5}
    other = record("model.name=lstm,dnc", "task.length=(1,4)", seeds=[1, 7], measuring=measuring)
    joined = join(workdir, other)
    assert [(row.fields["model.name"], row.seeds) for row in joined.rows] == [
        ("ntm", [0, 1]),
        ("lstm", [0, 1, 7]),
        ("dnc", [1, 7]),
    ]
    assert joined.measuring == measuring
    # Nothing is written yet.
    assert read_record(workdir).measuring is None


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (record("model.name=ntm"), r"other fields \(model.name, task.length there and model.name"),
        (record(), "and no field here"),
        (
            record("model.name=ntm", "task.length=(1,4)", train__steps=9),
            r"another config \(train.steps is \d+ there and 9 here\)",
        ),
        (
            record("model.name=ntm", "task.length=(1,4)", train__steps=9, task__bits=3),
            "task.bits is 8 there and 3 here; train.steps",
        ),
    ],
)
def test_another_sweep_is_refused(other, message, workdir):
    before = (workdir / "sweep.json").read_bytes()
    with pytest.raises(UserError, match=message):
        join(workdir, other)
    assert (workdir / "sweep.json").read_bytes() == before


def test_a_record_from_before_a_field_existed_has_its_default(workdir):
    path = workdir / "sweep.json"
    content = json.loads(path.read_text())
    assert content["base"].pop("model.shift_range") == 1
    path.write_text(json.dumps(content))
    join(workdir, record("model.name=ntm", "task.length=(1,4)"))
    other = record("model.name=ntm", "task.length=(1,4)", model__shift_range=2)
    with pytest.raises(UserError, match="model.shift_range is 1 there and 2 here"):
        join(workdir, other)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"[" * 10_000, b'{"base": {}, "grid": [], "rows": [3]}']
)
def test_a_damaged_record_is_refused(content, workdir):
    (workdir / "sweep.json").write_bytes(content)
    with pytest.raises(UserError, match="sweep.json is damaged"):
        read_record(workdir)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="holds files but no sweep.json"):
        join(tmp_path, record())
    (tmp_path / "config.json").unlink()
    (tmp_path / ".lock").touch()
    assert join(tmp_path, record()) == record()
