"""Sweeps on Ray: what ends them, what resumes them, and that their table is always the same."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from sweeps import FIELDS, GRID, ROOT, finish, kill_run, saved_steps, start, wait_for

from mann_config.lock import hold_lock

pytest.importorskip("ray")

TABLES = ("table.txt", "table.csv", "table.json")


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """Returns the folder of a sweep of 2 x 2 runs that nothing disturbed."""
    workdir = tmp_path_factory.mktemp("straight") / "sweep"
    code, out, error = finish(start(workdir, *GRID))
    assert code == 0, error
    assert "4 of 4 runs" in out and (workdir / "table.txt").read_text() in out
    return workdir


@pytest.fixture
def copied(straight, tmp_path):
    """Returns a copy of that folder."""
    return shutil.copytree(straight, tmp_path / "copied")


def test_a_table_has_all_rows_with_their_references(straight):
    text = (straight / "table.txt").read_text()
    assert "| train.learning_rate | seeds | 2 " in text
    assert "| 0.01                | 2     |" in text and "| guessing  " in text
    with open(straight / "table.csv") as file:
        lines = list(csv.DictReader(file))
    kinds = [(line["measurement"], line["condition"]) for line in lines if line["seeds"]]
    assert kinds[:2] == [("wrong bits", "2")] * 2 and len(kinds) == 8
    measurements = json.loads((straight / "table.json").read_text())["measurements"]
    assert [one["name"] for one in measurements] == ["wrong bits", "cross-entropy"]
    assert {path.name for path in (straight / "pictures").iterdir()} == {
        "wrong_bits_by_length.png",
        "cross-entropy_by_length.png",
    }


def test_the_table_is_printed_again_without_a_framework_and_without_ray(copied):
    before = {name: (copied / name).read_text() for name in TABLES}
    for name in TABLES:
        (copied / name).unlink()
    blocked = "import sys; sys.modules |= dict.fromkeys(('keras', 'tensorflow', 'jax', 'ray'))"
    command = f"{blocked}; import runpy; runpy.run_module('mann_commands', run_name='__main__')"
    done = subprocess.run(
        [
            *(sys.executable, "-c", command),
            *("sweep", "--table", f"--workdir={copied}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert before["table.txt"] in done.stdout
    assert {name: (copied / name).read_text() for name in TABLES} == before


def test_a_second_sweep_in_a_folder_waits_for_no_one(copied):
    with hold_lock(copied / ".lock"):
        code, _, error = finish(start(copied, *GRID))
    assert code == 2 and f"--workdir={copied} is in use by another" in error


def test_a_sweep_that_is_stopped_and_killed_ends_with_the_same_table(straight, tmp_path):
    workdir = tmp_path / "sweep"
    runs = [workdir / f"train.learning_rate={rate}" / "seed=0" for rate in ("0.01", "0.001")]

    process = start(workdir, *GRID)
    wait_for(process, lambda: any(map(saved_steps, runs)))
    # As a terminal's Ctrl-C.
    os.killpg(process.pid, signal.SIGINT)
    code, out, error = finish(process)
    assert code == 130 and "Stopped: " in error and "Traceback" not in error, error
    begun = [run for run in runs if saved_steps(run)]
    assert begun and not (workdir / "table.txt").exists()
    stopped_at = {run: saved_steps(run)[0] for run in begun}

    process = start(workdir, *GRID)
    last = workdir / "train.learning_rate=0.001" / "seed=1"
    wait_for(process, lambda: saved_steps(last))
    kill_run(last)
    code, out, error = finish(process)
    assert code == 0, error
    assert "train.learning_rate=0.001, seed 1 died; the run is started again." in out
    assert "Resuming after step" in (last / "output.txt").read_text()
    for run, step in stopped_at.items():
        resumed = f"Resuming after step {step} "
        assert step == FIELDS["train.steps"] or resumed in (run / "output.txt").read_text()
    for name in TABLES:
        assert (workdir / name).read_text() == (straight / name).read_text()


def test_a_failed_run_stops_no_other_and_what_is_done_is_not_done_again(copied):
    before = {path: path.read_bytes() for path in copied.rglob("output.txt")}
    assert len(before) == 4
    code, out, error = finish(
        start(copied, "--grid=train.learning_rate=3.4e38,0.01", "--seeds=0,2")
    )
    assert code == 1 and "2 of 4 runs failed" in error and "Traceback" not in error
    assert {path: path.read_bytes() for path in before} == before
    table = (copied / "table.txt").read_text()
    # The rows that were there stay.
    for row in (r"0\.01 +\| 3 +", r"0\.001 +\| 2 +", r"3\.4e\+38 +\| 0 of 2 +"):
        assert re.search(rf"^\| {row}\|", table, re.MULTILINE), table
    assert table.count("failed: The loss is not finite at step ") == 2
    assert "- train.learning_rate=3.4e+38, seed 2: failed: " in table and "5 of 7 runs" in table


def test_other_options_only_measure_again(copied):
    rate = "--grid=train.learning_rate=0.01"
    run = copied / "train.learning_rate=0.01" / "seed=0"
    checkpoints = {path: path.stat().st_mtime_ns for path in run.glob("checkpoints/*")}
    measure = "--evaluate=--lengths=3,4 --episodes=5 --nopictures"
    code, out, error = finish(start(copied, rate, "--seeds=0", measure))
    assert code == 0, error
    assert {path: path.stat().st_mtime_ns for path in run.glob("checkpoints/*")} == checkpoints
    table = (copied / "table.txt").read_text()
    assert "| train.learning_rate | seeds  | 3    | 4    " in table
    assert (
        "| 0.01                | 1 of 2 | " in table
        and "| 0.001               | 0 of 2 | " in table
    )
    assert "- train.learning_rate=0.001, seed 1: measured with other options" in table
