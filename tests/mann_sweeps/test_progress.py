"""What a sweep shows while it runs, on a terminal and in a file."""

import io
import json

import pytest

from mann_config.grid import Run
from mann_sweeps.progress import Display, RunView
from mann_sweeps.run_folder import RunFolder
from mann_sweeps.worker import DONE

CONFIG = {"train": {"steps": 100}}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def write(folder, *lines):
    folder.path.mkdir(parents=True, exist_ok=True)
    with open(folder.path / "metrics.jsonl", "a") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def views(tmp_path):
    runs = [Run("train.steps=100", {"train.steps": 100}, seed, CONFIG, None) for seed in (0, 1)] + [
        Run("train.steps=0", {"train.steps": 0}, 0, None, "it must be 1 or more")
    ]
    return [RunView(run, RunFolder(tmp_path / str(index))) for index, run in enumerate(runs)]


def test_progress_is_read_from_what_the_run_has_written(tmp_path):
    folder = RunFolder(tmp_path)
    assert folder.read_progress() == (0, None, "", None)
    write(folder, {"step": 10, "loss": 0.5}, {"step": 20, "loss": 0.25, "steps_per_second": 4.0})
    write(folder, {"step": 25, "validation": {"1st": 0.123456, "2nd": 2, "3rd": 3, "4th": 4}})
    (folder.path / "metrics.jsonl").open("a").write('odd\n{"step": 30, "lo')
    assert folder.read_progress() == (25, 0.25, "0.123/2/3/...", 4.0)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step_00000028.keras").touch()
    assert folder.read_progress().step == 28 and folder.last_saved_step() == 28


def test_a_file_gets_a_line_for_each_change_and_each_tenth_of_a_run(views):
    stream = io.StringIO()
    display = Display(views, stream)
    display.update()
    display.update()
    write(views[0].folder, {"step": 50, "loss": 0.5, "steps_per_second": 2.0})
    views[0].folder.output.write_text("Process")
    for view in views:
        view.look()
    display.update()
    for step in (59, 60):
        write(views[0].folder, {"step": step, "loss": 0.25, "steps_per_second": 2.0})
        views[0].look()
        display.update()
    views[0].end(DONE)
    display.update()
    views[1].folder.write_failure("The loss is not finite.")
    views[1].end("failed")
    display.update()
    lines = [line.partition("  ")[2] for line in stream.getvalue().splitlines()]
    name = "train.steps=100, seed"
    # Half of one run, and all of another, at two steps a second.
    assert lines == [
        "train.steps=0, seed 0  failed  it must be 1 or more  (2 waiting, 1 failed)",
        f"{name} 0  running  50/100  0.5  25 s  (1 running, 1 waiting, 1 failed, 75 s left)",
        f"{name} 0  running  60/100  0.25  20 s  (1 running, 1 waiting, 1 failed, 70 s left)",
        f"{name} 0  done  60/100  0.25  (1 done, 1 waiting, 1 failed, 50 s left)",
        f"{name} 1  failed  0/100  The loss is not finite.  (1 done, 2 failed)",
    ]


def test_a_terminal_gets_a_table_that_is_redrawn(views, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "4")
    stream = Terminal()
    display = Display(views, stream)
    display.update()
    first = stream.getvalue()
    # The head, as many runs as fit, and the sum.
    assert first.count("\n") == 3 and first.startswith("run ") and "\x1b" not in first
    assert "failed" in first.splitlines()[1] and all(len(line) < 80 for line in first.splitlines())
    display.update()
    assert stream.getvalue() == first + "\x1b[3A\x1b[J" + first
    display.note("Stopping")
    display.update()
    assert stream.getvalue().endswith(first + "\x1b[3A\x1b[JStopping\n" + first)
